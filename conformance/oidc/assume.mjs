// What aws-actions/configure-aws-credentials does with a token: AssumeRoleWithWebIdentity, then GetCallerIdentity with the
// credentials it got, by the AWS SDK for JavaScript and with nothing but AWS_ENDPOINT_URL_STS.
// node assume.mjs ROLE_ARN TOKEN_FILE -> {"arn", "credentials"}
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.BRIGADE_OIDC_PACKAGES}/`);
const { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } = require("@aws-sdk/client-sts");

const [role, file] = process.argv.slice(2);
const region = "us-east-1";
const asked = new AssumeRoleWithWebIdentityCommand({
  RoleArn: role,
  RoleSessionName: "GitHubActions",
  DurationSeconds: 3600,
  WebIdentityToken: readFileSync(file, "utf8"),
});
const { Credentials: given } = await new STSClient({ region, maxAttempts: 1 }).send(asked);
const credentials = {
  accessKeyId: given.AccessKeyId,
  secretAccessKey: given.SecretAccessKey,
  sessionToken: given.SessionToken,
};
const who = await new STSClient({ region, credentials, maxAttempts: 1 }).send(new GetCallerIdentityCommand({}));
console.log(JSON.stringify({ arn: who.Arn, expires: given.Expiration, credentials }));
