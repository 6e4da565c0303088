use super::*;

/// The answer in AWS's documentation of the action.
const ANSWER: &str = r#"<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>amzn1.account.AF6RHO7KZU5XRVQJGXK6HB56KR2A</SubjectFromWebIdentityToken>
    <Audience>client.5498841531868486423.1548@apps.example.com</Audience>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/FederatedWebIdentityRole/app1</Arn>
      <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:app1</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <SessionToken>AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE</SessionToken>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <Expiration>2014-10-24T23:00:23Z</Expiration>
      <AccessKeyId>ASgeIAIOSFODNN7EXAMPLE</AccessKeyId>
    </Credentials>
    <SourceIdentity>SourceIdentityValue</SourceIdentity>
    <Provider>www.amazon.com</Provider>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata>
    <RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId>
  </ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>"#;

fn check(status: u16, body: &str, expect: &str) {
    let shown = match read(StatusCode::from_u16(status).unwrap(), body.as_bytes()) {
        Ok(given) => {
            format!("{} {} {} {}", given.key_id, given.secret.expose(), given.session.expose(), given.expires)
        }
        Err(Trouble::Refused { code, text }) => format!("refused {code} ({text})"),
        Err(Trouble::Unreachable(text)) => format!("unreachable ({text})"),
        Err(Trouble::Other(text)) => text,
    };
    assert!(shown.starts_with(expect), "{status}: {shown}\n{body}");
}

#[test]
fn the_documented_answer_is_read() {
    check(
        200,
        ANSWER,
        "ASgeIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY \
         AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE 1414191623",
    );
    let escaped = ANSWER.replace("wJalr", "&lt;&#x41;&amp;");
    check(200, &escaped, "ASgeIAIOSFODNN7EXAMPLE <A&XUtn");
    let odd = ANSWER.replace("AssumedRoleUser>", "Credentials>");
    check(200, &odd, "ASgeIAIOSFODNN7EXAMPLE wJalr");
}

#[test]
fn an_answer_that_is_not_whole_gives_nothing() {
    let foreign = "the answer (200 OK) is not STS's";
    for cut in ["</AssumeRoleWithWebIdentityResponse>", "</Credentials>", "<AccessKeyId>", "<Expiration>"] {
        let (before, _) = ANSWER.split_once(cut).unwrap();
        check(200, before, foreign);
    }
    for (from, to) in [
        ("ASgeIAIOSFODNN7EXAMPLE", ""),
        ("2014-10-24T23:00:23Z", "soon"),
        ("<AssumeRoleWithWebIdentityResponse", "<!DOCTYPE x><AssumeRoleWithWebIdentityResponse"),
        ("wJalr", "&unknown;"),
        ("AssumeRoleWithWebIdentityResult", "Other"),
    ] {
        check(200, &ANSWER.replace(from, to), foreign);
    }
    check(200, "<html></html>", foreign);
    check(404, "nothing here", "the answer (404 Not Found) is not STS's");
}

#[test]
fn refusals_keep_their_code() {
    let error = |code: &str| {
        format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>no\u{7f} luck</Message></Error><RequestId>x</RequestId></ErrorResponse>"
        )
    };
    check(
        400,
        &error("ExpiredTokenException"),
        "refused ExpiredTokenException (ExpiredTokenException: no  luck)",
    );
    check(403, &error("AccessDenied"), "refused AccessDenied");
    check(501, &error("NotImplemented"), "refused NotImplemented");
    check(307, "", "the answer (307 Temporary Redirect) is not STS's");
    // AWS's code for an issuer that it could not reach, which is to be tried again.
    check(400, &error("IDPCommunicationError"), "unreachable (IDPCommunicationError: no  luck)");
    check(503, &error("ServiceUnavailable"), "unreachable (ServiceUnavailable");
    check(502, "<html>", "unreachable (502 Bad Gateway)");
}

#[test]
fn a_session_is_named_after_who_it_is() {
    for (person, expect) in [
        ("alice@example.org", "alice@example.org"),
        ("auth0|1234", "auth0-1234"),
        ("repo:org/x:ref:refs/heads/main", "repo-org-x-ref-refs-heads-main"),
        ("é", "brigade--"),
        ("", "brigade-"),
    ] {
        assert_eq!(session_name(person), expect);
    }
    assert_eq!(session_name(&"x".repeat(200)).len(), 64);
}
