"""Every store that the cases know, and run against when none is named."""

from .rgw import Rgw
from .stores import Embedded, JuiceFS, SeaweedFS

STORES = {store.name: store for store in (Embedded, JuiceFS, SeaweedFS, Rgw)}
