//! What is sealed in a token: short JSON, since a token travels with every request.
//!
//! `{"i": id, "t": issued, "l": how long, "h": holder, "c": claims, "p": policy, "f": what it came through}`; the last three
//! are left out where there is nothing to say. A holder is `{"r": [role, name, source]}` or `{"k": key id}`, a source
//! `{"w": [issuer, subject]}`, `{"k": key id}` or `{"r": [role, name, [issuer, subject] or [key id]]}`.

use brigade_sigv4::Timestamp;
use serde_json::{Map, Value};

use super::{Holder, Origin, Session, SessionId, Source, Through};

pub(super) fn encode(session: &Session) -> Vec<u8> {
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    put("i", session.id.bytes().as_slice().into());
    put("t", session.issued.as_unix().into());
    put("l", session.expires.as_unix().saturating_sub(session.issued.as_unix()).into());
    put(
        "h",
        match &session.holder {
            Holder::Role { role, name, by } => tagged("r", list([text(role), text(name), source(by)])),
            Holder::Key { key_id } => tagged("k", text(key_id)),
        },
    );
    if !session.claims.is_empty() {
        let mut claims = Map::new();
        for (name, values) in &session.claims {
            claims.insert(name.clone(), list(values.iter().map(|value| text(value))));
        }
        put("c", claims.into());
    }
    if let Some(policy) = &session.policy {
        put("p", text(policy));
    }
    if !session.through.is_empty() {
        let role = |it: &Through| it.role.as_deref().map_or(Value::Null, text);
        put("f", list(session.through.iter().map(|it| list([text(&it.id.key_id()), role(it)]))));
    }
    brigade_json::write(&members.into()).into_bytes()
}

fn source(source: &Source) -> Value {
    match source {
        Source::WebIdentity { issuer, subject } => tagged("w", list([text(issuer), text(subject)])),
        Source::Key { key_id } => tagged("k", text(key_id)),
        Source::Role { role, name, origin } => {
            let origin = match &**origin {
                Origin::WebIdentity { issuer, subject } => list([text(issuer), text(subject)]),
                Origin::Key { key_id } => list([text(key_id)]),
            };
            tagged("r", list([text(role), text(name), origin]))
        }
    }
}

fn text(text: &str) -> Value {
    Value::from(text)
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    let mut list = Vec::new();
    for item in items {
        list.push(item);
    }
    Value::Array(list)
}

fn tagged(tag: &str, value: Value) -> Value {
    let mut members = Map::new();
    members.insert(tag.to_owned(), value);
    Value::from(members)
}

/// The session, unless there is something else in it: what a later version writes may be what forbids.
pub(super) fn decode(bytes: &[u8]) -> Option<Session> {
    let Some(Value::Object(mut members)) = brigade_json::read(bytes) else { return None };
    let mut take = |name: &str| members.get_mut(name).map(Value::take).filter(|value| !value.is_null());
    let mut id = [0; 10];
    let bytes = items(take("i")?)?;
    if bytes.len() != id.len() {
        return None;
    }
    for (to, from) in id.iter_mut().zip(bytes) {
        *to = u8::try_from(from.as_u64()?).ok()?;
    }
    let issued = take("t")?.as_u64()?;
    let expires = issued.checked_add(take("l")?.as_u64()?)?;
    let holder = match variant(take("h")?)? {
        ('r', value) => {
            let [role, name, by] = exactly(value)?;
            Holder::Role { role: string(role)?, name: string(name)?, by: read_source(by)? }
        }
        ('k', value) => Holder::Key { key_id: string(value)? },
        (_, _) => return None,
    };
    let mut claims = Vec::new();
    for (name, values) in take("c").map_or(Some(Map::new()), members_of)? {
        let mut texts = Vec::new();
        for value in items(values)? {
            texts.push(string(value)?.into());
        }
        claims.push((name, texts));
    }
    let policy = take("p").map_or(Some(None), |policy| string(policy).map(Some))?;
    let mut through = Vec::new();
    for step in take("f").map_or(Some(Vec::new()), items)? {
        let [id, role] = exactly(step)?;
        let role = if role.is_null() { None } else { Some(string(role)?) };
        through.push(Through { id: SessionId::of_key_id(id.as_str()?)?, role });
    }
    if !members.values().all(Value::is_null) {
        return None;
    }
    Some(Session {
        id: SessionId::new(id),
        holder,
        issued: Timestamp::from_unix(issued),
        expires: Timestamp::from_unix(expires),
        claims,
        policy,
        through,
    })
}

fn read_source(value: Value) -> Option<Source> {
    Some(match variant(value)? {
        ('w', value) => {
            let [issuer, subject] = exactly(value)?;
            Source::WebIdentity { issuer: string(issuer)?, subject: string(subject)? }
        }
        ('k', value) => Source::Key { key_id: string(value)? },
        ('r', value) => {
            let [role, name, origin] = exactly(value)?;
            let mut origin = items(origin)?.into_iter();
            let origin = match (origin.next(), origin.next(), origin.next()) {
                (Some(issuer), Some(subject), None) => {
                    Origin::WebIdentity { issuer: string(issuer)?, subject: string(subject)? }
                }
                (Some(key_id), None, None) => Origin::Key { key_id: string(key_id)? },
                _ => return None,
            };
            Source::Role { role: string(role)?, name: string(name)?, origin: Box::new(origin) }
        }
        (_, _) => return None,
    })
}

fn string(value: Value) -> Option<Box<str>> {
    let Value::String(text) = value else { return None };
    Some(text.into())
}

fn items(value: Value) -> Option<Vec<Value>> {
    let Value::Array(items) = value else { return None };
    Some(items)
}

fn exactly<const N: usize>(value: Value) -> Option<[Value; N]> {
    items(value)?.try_into().ok()
}

fn members_of(value: Value) -> Option<Map<String, Value>> {
    let Value::Object(members) = value else { return None };
    Some(members)
}

/// The only member, whose name is one letter.
fn variant(value: Value) -> Option<(char, Value)> {
    let mut members = members_of(value)?.into_iter();
    let (Some((name, value)), None) = (members.next(), members.next()) else { return None };
    let mut letters = name.chars();
    letters.next().filter(|_| letters.next().is_none()).map(|letter| (letter, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_an_earlier_version_is_read_and_one_that_says_more_is_not() {
        let plain = r#""i":[1,2,3,4,5,6,7,8,9,0],"t":100,"l":50,"h":{"k":"AKID"}"#;
        let step = SessionId::new([7; 10]).key_id();
        let role =
            r#""i":[1,2,3,4,5,6,7,8,9,0],"t":100,"l":50,"h":{"r":["r","n",{"r":["q","m",["i","s"]]}]}"#;
        for (text, good) in [
            (format!("{{{plain}}}"), true),
            (
                format!(
                    r#"{{{role},"c":{{"a":["b"],"x":[]}},"p":"{{}}","f":[["{step}",null],["{step}","q"]]}}"#
                ),
                true,
            ),
            (format!(r#"{{{plain},"z":1}}"#), false),
            (format!(r#"{{{plain},"c":{{"a":"b"}}}}"#), false),
            (format!(r#"{{{plain},"f":[["{step}"]]}}"#), false),
            (format!(r#"{{{plain},"f":[["AKID",null]]}}"#), false),
            (plain.replace("[1,", "["), false),
            (plain.replace("[1,", "[256,"), false),
            (plain.replace("\"k\"", "\"x\""), false),
            (plain.replace("\"t\":100", "\"t\":18446744073709551615"), false),
            (plain.replace("{\"k\":\"AKID\"}", "{\"k\":\"AKID\",\"r\":[]}"), false),
        ] {
            let text = if text.starts_with('{') { text } else { format!("{{{text}}}") };
            let session = decode(text.as_bytes());
            assert_eq!(session.is_some(), good, "{text}");
            if let Some(session) = session {
                assert_eq!(decode(&encode(&session)), Some(session));
            }
        }
    }
}
