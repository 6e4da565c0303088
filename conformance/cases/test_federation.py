"""Brigade as an issuer, at a server that nobody here wrote: Ceph RGW's STS takes its assertions, and its store what comes of them."""

import base64
import hashlib
import json
import os
import subprocess
import urllib.request

import boto3
import pytest
from botocore.config import Config

from harness import keys
from harness.chroot import Unavailable
from harness.clients import AwsCli, s3_client
from harness.gateway import Gateway
from harness.process import free_ports

ROLE, BUCKET = "brigade-federation", "federated-x7"
AUDIENCE = "brigade-at-ceph"


@pytest.fixture(scope="module")
def rgw(request, running):
    """The Ceph that the other cases run against, if they do; else one of its own."""
    names = request.config.getoption("backend")
    if names and "rgw" not in names:
        pytest.skip("Ceph RGW is not among the stores asked for")
    root, started = running
    if "rgw" not in started:
        from harness.rgw import Rgw

        folder = root / "rgw"
        folder.mkdir()
        try:
            started["rgw"] = (Rgw(folder), None)
        except Unavailable as why:
            started["rgw"] = (why, None)
    store, _ = started["rgw"]
    if isinstance(store, Unavailable):
        pytest.skip(f"Ceph RGW cannot be had here, so federation is not shown against it: {store}")
    if isinstance(store, BaseException):
        raise store
    store.administer("caps", "add", "--uid=store", "--caps=oidc-provider=*;roles=*;user-policy=*")
    return store


def aws(rgw, service):
    """A client of RGW's own IAM, as its operator."""
    return boto3.client(
        service,
        endpoint_url=rgw.endpoint,
        region_name="us-east-1",
        aws_access_key_id=keys.STORE.id,
        aws_secret_access_key=keys.STORE.secret,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def keygen(folder, name, algorithm="rs256"):
    made = subprocess.run(
        [os.environ["BRIGADE_BIN"], "keygen", "--federation", algorithm], capture_output=True, text=True, check=True
    )
    file = folder / name
    file.write_text(made.stdout)
    file.chmod(0o600)
    return file


class Site:
    """A Brigade that is an issuer, trusted by RGW; its port stays, as its name does."""

    def __init__(self, rgw, folder):
        self.rgw, self.folder = rgw, folder
        self.port = self.admin = None
        self.keys = [keygen(folder, "first.pem")]
        self.subject, self.audience = "landsat", AUDIENCE
        self.gateway = None

    @property
    def issuer(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self):
        return self.issuer.removeprefix("http://")

    def config(self, listen=None, admin=None, *_):
        self.port, self.admin = listen or self.port, admin or self.admin
        pems = ", ".join(f'"${{file:{file}}}"' for file in self.keys)
        return f"""
[server]
listen = "127.0.0.1:{self.port}"
admin = "127.0.0.1:{self.admin}"
[federation]
issuer = "{self.issuer}"
keys = [{pems}]
[backends.ceph]
type = "s3"
endpoint = "{self.rgw.endpoint}"
exact_keys = true
verify_payload = true
auth = {{ role = "arn:aws:iam:::role/{ROLE}", subject = "{self.subject}", audience = "{self.audience}", duration = "15m", sts_endpoint = "{self.rgw.endpoint}" }}
[buckets.data]
backend = "ceph"
bucket = "{BUCKET}"
[keys.{keys.FULL.id}]
secret = "{keys.FULL.secret}"
grants = [{{ bucket = "*", actions = ["read", "list", "write", "delete"] }}]
"""

    def start(self):
        """Starts it, or again with what its settings have become."""
        if self.gateway is None:
            self.gateway = Gateway(self.folder, "", settings=self.config)
        else:
            self.gateway.stop()
            self.gateway.file.write_text(self.config())
            self.gateway.start()
        return self

    def client(self):
        return s3_client(self.issuer, keys.FULL)

    def document(self, name):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.issuer}/.well-known/{name}", timeout=10) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def site(rgw, tmp_path_factory):
    made = Site(rgw, tmp_path_factory.mktemp("federation"))
    made.start()
    iam = aws(rgw, "iam")
    provider = iam.create_open_id_connect_provider(
        Url=made.issuer, ClientIDList=[AUDIENCE], ThumbprintList=["0" * 40]
    )["OpenIDConnectProviderArn"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": [provider]},
                "Action": ["sts:AssumeRoleWithWebIdentity"],
                "Condition": {"StringEquals": {f"{made.host}:sub": "landsat"}},
            }
        ],
    }
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::*"}]}
    iam.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=json.dumps(policy))
    s3_client(rgw.endpoint, keys.STORE).create_bucket(Bucket=BUCKET)
    yield made
    made.gateway.stop()
    iam.delete_role_policy(RoleName=ROLE, PolicyName="all")
    iam.delete_role(RoleName=ROLE)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider)


@pytest.fixture
def good(site):
    """The site as it is trusted."""
    if (site.subject, site.audience) != ("landsat", AUDIENCE):
        site.subject, site.audience = "landsat", AUDIENCE
        site.start()
    return site


def test_the_issuers_documents_say_who_it_is(good):
    discovery = good.document("openid-configuration")
    assert discovery["issuer"] == good.issuer
    assert discovery["jwks_uri"] == f"{good.issuer}/.well-known/jwks.json"
    [key] = good.document("jwks.json")["keys"]
    assert key["kty"] == "RSA" and key["alg"] == "RS256" and set(key) == {"alg", "e", "kid", "kty", "n", "use"}
    # RFC 7638: the required members alone, in order.
    members = json.dumps({name: key[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()
    assert key["kid"] == thumbprint


def test_aws_s3_cp_up_and_down_by_a_role_that_ceph_gave(good, tmp_path):
    """No key of Ceph's is in Brigade's configuration."""
    assert keys.STORE.secret not in good.config()
    cli = AwsCli(good.issuer, keys.FULL, tmp_path)
    data = os.urandom(20 << 20)
    (tmp_path / "up").write_bytes(data)
    cli("s3", "cp", str(tmp_path / "up"), "s3://data/team/large")
    cli("s3", "cp", "s3://data/team/large", str(tmp_path / "down"))
    assert (tmp_path / "down").read_bytes() == data
    listed = good.client().list_objects_v2(Bucket="data", Prefix="team/")
    assert [item["Key"] for item in listed["Contents"]] == ["team/large"]
    # It is there, and it is the role's: the bucket's owner sees it in the list.
    [stored] = s3_client(good.rgw.endpoint, keys.STORE).list_objects_v2(Bucket=BUCKET, FetchOwner=True)["Contents"]
    assert (stored["Key"], stored["Size"]) == ("team/large", len(data))


def refusal(site):
    import botocore.exceptions

    with pytest.raises(botocore.exceptions.ClientError) as refused:
        site.client().get_object(Bucket="data", Key="team/large")
    error = refused.value.response
    text = json.dumps(error)
    for hidden in (ROLE, "arn:", site.rgw.endpoint.removeprefix("http://"), "landsat", AUDIENCE, "eyJ"):
        assert hidden not in text, f"{hidden} in {text}"
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]


@pytest.mark.parametrize("setting,value", [("audience", "somebody-else"), ("subject", "somebody-else")])
def test_an_assertion_that_ceph_does_not_trust_is_a_clear_502(site, setting, value):
    site.subject, site.audience = "landsat", AUDIENCE
    setattr(site, setting, value)
    site.start()
    status, code, message = refusal(site)
    assert (status, code) == (502, "BackendAuthenticationFailed")
    assert "AssumeRoleWithWebIdentity was refused: " in message
    site.subject, site.audience = "landsat", AUDIENCE
    site.start()


def test_keys_follow_one_another(good):
    """The next key is published beside the one that signs; then it signs, and the last one stays for a while."""
    good.client().put_object(Bucket="data", Key="rotated", Body=b"x")
    following = keygen(good.folder, "second.pem")
    for files in ([good.keys[0], following], [following, good.keys[0]], [following]):
        good.keys = files
        good.start()
        assert len(good.document("jwks.json")["keys"]) == len(files)
        assert good.client().get_object(Bucket="data", Key="rotated")["Body"].read() == b"x"


def test_a_store_whose_sts_is_away_is_a_503(good):
    [away] = free_ports(1)
    settings = good.config
    good.config = lambda *_: settings().replace(f'sts_endpoint = "{good.rgw.endpoint}"', f'sts_endpoint = "http://127.0.0.1:{away}"')
    try:
        good.start()
        status, code, message = refusal(good)
        assert (status, code) == (503, "ServiceUnavailable")
        assert "AssumeRoleWithWebIdentity is unavailable: NoAnswer" in message
    finally:
        good.config = settings
        good.start()
