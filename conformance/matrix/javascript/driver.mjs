// One operation of one client: `node driver.mjs CLIENT OPERATION`, its arguments as JSON on standard input, its answer as JSON
// on standard output. Bytes are base64.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [client, operation] = process.argv.slice(2);
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { endpoint, keyId, secret, region, bucket, ...given } = JSON.parse(Buffer.concat(chunks).toString());
if (given.data !== undefined) given.data = Buffer.from(given.data, "base64");

// The packages are in a folder of their own, not beside this file.
const require = createRequire(pathToFileURL(process.env.BRIGADE_NODE_PACKAGES + "/package.json"));

const read = async (stream) => {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("base64");
};

async function aws() {
  const s3 = require("@aws-sdk/client-s3");
  const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");
  const store = new s3.S3Client({
    endpoint, region, forcePathStyle: true, maxAttempts: 1, credentials: { accessKeyId: keyId, secretAccessKey: secret },
  });
  const at = { Bucket: bucket, Key: given.key };
  const put = (more) => store.send(new s3.PutObjectCommand({ ...at, Body: given.data, ...more }));
  const get = async (more) => read((await store.send(new s3.GetObjectCommand({ ...at, ...more }))).Body);
  return {
    version: () => require("@aws-sdk/client-s3/package.json").version,
    put: () => put({}),
    get: () => get({}),
    range: () => get({ Range: `bytes=${given.first}-${given.last}` }),
    list: async () => {
      const keys = [];
      for await (const page of s3.paginateListObjectsV2({ client: store, pageSize: 2 }, { Bucket: bucket, Prefix: given.prefix }))
        keys.push(...(page.Contents ?? []).map((found) => found.Key));
      return keys;
    },
    multipart: async () => {
      const { UploadId } = await store.send(new s3.CreateMultipartUploadCommand(at));
      const Parts = [];
      for (let from = 0; from < given.data.length; from += 5 << 20) {
        const PartNumber = Parts.length + 1;
        const Body = given.data.subarray(from, from + (5 << 20));
        const { ETag, ChecksumCRC32 } = await store.send(new s3.UploadPartCommand({ ...at, UploadId, PartNumber, Body }));
        Parts.push({ ETag, PartNumber, ChecksumCRC32 });
      }
      await store.send(new s3.CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
    },
    copy: () => store.send(new s3.CopyObjectCommand({ ...at, CopySource: `${bucket}/${encodeURIComponent(given.source)}` })),
    delete: () => store.send(new s3.DeleteObjectCommand(at)),
    presigned_get: () => getSignedUrl(store, new s3.GetObjectCommand(at)),
    presigned_put: () => getSignedUrl(store, new s3.PutObjectCommand(at)),
    put_metadata: () => put({ ContentType: given.kind, Metadata: given.metadata }),
    put_if_absent: async () => {
      try {
        await put({ IfNoneMatch: "*" });
      } catch (error) {
        if (error.$metadata?.httpStatusCode === 412) return false;
        throw error;
      }
      return true;
    },
  };
}

async function minio() {
  const { Client, CopyConditions } = require("minio");
  const { hostname, port } = new URL(endpoint);
  const store = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey: keyId, secretKey: secret, region, partSize: 5 << 20 });
  const { key } = given;
  return {
    version: () => require("minio/package.json").version,
    put: () => store.putObject(bucket, key, given.data),
    get: async () => read(await store.getObject(bucket, key)),
    range: async () => read(await store.getPartialObject(bucket, key, given.first, given.last - given.first + 1)),
    list: async () => {
      const keys = [];
      for await (const found of store.listObjectsV2(bucket, given.prefix, true)) keys.push(found.name);
      return keys;
    },
    multipart: () => store.putObject(bucket, key, given.data),
    copy: () => store.copyObject(bucket, key, `/${bucket}/${given.source}`, new CopyConditions()),
    delete: () => store.removeObject(bucket, key),
    presigned_get: () => store.presignedGetObject(bucket, key),
    presigned_put: () => store.presignedPutObject(bucket, key),
    put_metadata: () => store.putObject(bucket, key, given.data, given.data.length, { "Content-Type": given.kind, ...given.metadata }),
  };
}

const operations = await { aws, minio }[client]();
const answer = (await operations[operation]()) ?? null;
process.stdout.write(JSON.stringify(["get", "range"].includes(operation) ? { bytes: answer } : { answer: answer?.$metadata ? null : answer }));
