//! Replies as XML, the dialect of whoever does not ask for JSON.
//!
//! JSON is what Plex makes of its XML: attributes become fields, and elements below become lists under their name, except
//! that titles of every kind stand in one list there.

use serde_json::{Map, Value};

use crate::http::{Body, Reply};

/// A reply's JSON as XML: one root, named by its only field.
pub(super) fn of(json: &Value) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    for (name, value) in json.as_object().into_iter().flatten() {
        element(&mut text, name, value);
    }
    text
}

/// A reply of plex.tv as XML: a root named after what was asked for, lists in an element of their own.
pub(super) fn of_tv(root: &str, json: &Value) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    listed(&mut text, root, json);
    text
}

fn listed(text: &mut String, name: &str, value: &Value) {
    match value {
        Value::Array(all) => {
            text.push_str(&format!("<{name}>"));
            let one = name.strip_suffix('s').unwrap_or(name);
            all.iter().for_each(|value| listed(text, one, value));
            text.push_str(&format!("</{name}>"));
        }
        Value::Object(fields) => {
            text.push_str(&format!("<{name}"));
            attributes(text, fields);
            text.push('>');
            fields
                .iter()
                .for_each(|(field, value)| listed(text, field, value));
            text.push_str(&format!("</{name}>"));
        }
        _ => {}
    }
}

fn element(text: &mut String, name: &str, value: &Value) {
    let Value::Object(fields) = value else { return };
    let name = element_name(name, fields);
    text.push_str(&format!("<{name}"));
    attributes(text, fields);
    text.push('>');
    for (field, value) in fields {
        match value {
            Value::Array(all) => all.iter().for_each(|one| element(text, field, one)),
            one => element(text, field, one),
        }
    }
    text.push_str(&format!("</{name}>"));
}

fn element_name<'a>(name: &'a str, fields: &Map<String, Value>) -> &'a str {
    match (name, fields.get("type").and_then(Value::as_str)) {
        ("Metadata", Some("movie" | "episode" | "clip")) => "Video",
        ("Metadata", Some("track")) => "Track",
        ("Metadata", Some("playlist")) => "Playlist",
        ("Metadata", _) => "Directory",
        (other, _) => other,
    }
}

fn attributes(text: &mut String, fields: &Map<String, Value>) {
    for (field, value) in fields {
        if let Some(value) = attribute(value) {
            text.push_str(&format!(" {field}=\"{}\"", escaped(&value)));
        }
    }
}

fn attribute(value: &Value) -> Option<String> {
    match value {
        Value::Bool(set) => Some(u8::from(*set).to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, letter| {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter if letter.is_control() => out.push_str(&format!("&#{};", u32::from(letter))),
            letter => out.push(letter),
        }
        out
    })
}

/// The same reply for who does not ask for JSON.
pub(super) fn in_xml(reply: &Reply) -> Reply {
    let json = match &reply.body {
        Body::Bytes(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
        Body::Blob(..) => Value::Null,
    };
    Reply::empty(reply.status).typed("text/xml;charset=utf-8", of(&json))
}

pub(super) fn is_json(reply: &Reply) -> bool {
    let json = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("content-type") && value.contains("json")
    };
    reply.headers.iter().any(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_become_attributes_and_lists_elements() {
        let json = json!({ "MediaContainer": {
            "size": 1, "allowSync": true, "gone": null,
            "Metadata": [{ "type": "movie", "title": "A \"b\" & <c>", "Media": [{ "id": 7 }] }],
            "Image": { "url": "/x" },
        } });
        assert_eq!(
            of(&json).lines().last().unwrap(),
            "<MediaContainer allowSync=\"1\" size=\"1\"><Image url=\"/x\"></Image>\
             <Video title=\"A &quot;b&quot; &amp; &lt;c&gt;\" type=\"movie\"><Media id=\"7\"></Media></Video></MediaContainer>"
        );
    }

    #[test]
    fn lists_of_plex_tv_stand_in_an_element_of_their_own() {
        let json = json!([{ "name": "Cellar", "connections": [{ "uri": "http://a" }] }]);
        assert_eq!(
            of_tv("resources", &json).lines().last().unwrap(),
            "<resources><resource name=\"Cellar\"><connections><connection uri=\"http://a\"></connection></connections>\
             </resource></resources>"
        );
    }
}
