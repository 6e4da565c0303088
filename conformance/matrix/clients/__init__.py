"""Every client, in the order of the table."""

from .boto3 import Boto3
from .awscli import AwsCli
from .commands import Curl, Rclone, S3cmd, S5cmd
from .dataframes import DeltaLake, DuckDb, Polars
from .gdal import Gdal
from .javascript import AwsSdkJs, MinioJs
from .minio import MinioPy
from .obstore import ObStore
from .opendal import OpenDal
from .pyarrow import PyArrow
from .restic import Restic
from .rust import AwsSdkRust, ObjectStore
from .s3fs import S3Fs

CLIENTS = [
    Boto3, AwsCli, S3cmd, S5cmd, Rclone, Curl, MinioPy, S3Fs, PyArrow, ObStore, OpenDal, DuckDb, Polars, DeltaLake, Gdal,
    AwsSdkJs, MinioJs, Restic, AwsSdkRust, ObjectStore,
]  # fmt: skip
