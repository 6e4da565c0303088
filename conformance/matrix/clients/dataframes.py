"""Engines that keep tables in a bucket: what they write they must read again."""

from pathlib import Path

from ..client import Client


class DuckDb(Client):
    name = "duckdb"
    odd_keys = False

    def version(self):
        import duckdb

        return duckdb.__version__

    def application(self, folder):
        import duckdb
        import duckdb_extension_httpfs

        # Its wheel holds the extension, which DuckDB would fetch from its own site.
        wheel = Path(duckdb_extension_httpfs.__file__).parent
        extension = next(wheel.rglob("httpfs.duckdb_extension"))
        database = duckdb.connect(config={"home_directory": str(self.home)})
        database.execute(f"LOAD '{extension}'")
        key = self.route.key
        database.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{key.id}', SECRET '{key.secret}', REGION 'us-east-1', ENDPOINT '{self.route.host}', "
            "USE_SSL false, URL_STYLE 'path')"
        )
        root = f"s3://{self.route.bucket}/{folder}"
        database.execute(f"COPY (SELECT i AS n, i % 7 AS k FROM range(100000) t(i)) TO '{root}' (FORMAT parquet, PARTITION_BY (k))")
        total = database.execute(f"SELECT sum(n), count(DISTINCT k) FROM read_parquet('{root}/*/*.parquet', hive_partitioning = true)")
        assert total.fetchall() == [(4999950000, 7)]


class Polars(Client):
    name = "polars"
    odd_keys = False

    def _options(self):
        key = self.route.key
        return {
            "aws_access_key_id": key.id,
            "aws_secret_access_key": key.secret,
            "aws_region": "us-east-1",
            "aws_endpoint_url": self.route.endpoint,
            "aws_allow_http": "true",
        }

    def version(self):
        import polars

        return polars.__version__

    def application(self, folder):
        import polars

        url = f"s3://{self.route.bucket}/{folder}/table.parquet"
        polars.DataFrame({"n": range(100000)}).write_parquet(url, storage_options=self._options())
        total = polars.scan_parquet(url, storage_options=self._options()).select(polars.col("n").sum()).collect()
        assert total.item() == 4999950000


class DeltaLake(Polars):
    name = "deltalake"

    def version(self):
        import deltalake

        return deltalake.__version__

    def application(self, folder):
        import pyarrow
        from deltalake import DeltaTable, write_deltalake

        url = f"s3://{self.route.bucket}/{folder}"
        for _ in range(3):
            write_deltalake(url, pyarrow.table({"n": [1, 2, 3]}), mode="append", storage_options=self._options())
        table = DeltaTable(url, storage_options=self._options())
        assert (table.version(), table.to_pyarrow_table().num_rows) == (2, 9)
