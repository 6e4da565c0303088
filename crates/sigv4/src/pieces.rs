//! Texts taken apart at one byte. What stands between is short, and a search by vector instructions costs more than it
//! saves there.

/// The text before the first `at` and the text behind it.
pub(crate) fn split_once(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = text.bytes().position(|byte| byte == at)?;
    text.get(..place).zip(text.get(place + 1..))
}

/// What stands between every two `at`, as [`str::split`] gives it. `at` is ASCII.
pub(crate) fn split(text: &str, at: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let whole = rest?;
        match split_once(whole, at) {
            Some((piece, behind)) => {
                rest = Some(behind);
                Some(piece)
            }
            None => rest.take(),
        }
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn pieces_are_those_of_the_standard_library() {
        for text in ["", ";", "a", "a;b", ";a;", "a;;b;", "é;ü"] {
            assert!(super::split(text, b';').eq(text.split(';')), "{text:?}");
            assert_eq!(super::split_once(text, b';'), text.split_once(';'), "{text:?}");
        }
    }
}
