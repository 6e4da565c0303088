"""GDAL's /vsis3/, as the wheels of rasterio bring it."""

from ..client import Client


class Gdal(Client):
    name = "gdal"
    odd_keys = False

    def version(self):
        import rasterio

        return rasterio.__gdal_version__

    def application(self, folder):
        import numpy
        import rasterio
        from rasterio.session import AWSSession

        key = self.route.key
        session = AWSSession(
            aws_access_key_id=key.id, aws_secret_access_key=key.secret, region_name="us-east-1", endpoint_url=self.route.host
        )
        settings = {
            "AWS_HTTPS": "NO",
            "AWS_VIRTUAL_HOSTING": "FALSE",
            "CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE": "YES",
            "VSI_CACHE": "FALSE",
            "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        }
        band = numpy.arange(1024 * 1024, dtype="uint16").reshape(1024, 1024)
        path = f"/vsis3/{self.route.bucket}/{folder}/image.tif"
        with rasterio.Env(session=session, **settings):
            profile = {"driver": "GTiff", "width": 1024, "height": 1024, "count": 1, "dtype": "uint16", "tiled": True}
            with rasterio.open(path, "w", **profile) as image:
                image.write(band, 1)
            with rasterio.open(path) as image:
                window = image.read(1, window=((512, 520), (512, 520)))
        assert (window == band[512:520, 512:520]).all()
