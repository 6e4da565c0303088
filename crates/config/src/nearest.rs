//! Which word was probably meant.

/// The known word that differs least from the written one, if it differs little: at most one character in three.
pub(crate) fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let near = written.chars().count().div_ceil(3);
    let distances = known.into_iter().map(|word| (distance(written, word), word));
    distances
        .filter(|(distance, _)| *distance <= near)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many characters must be put in, taken out, changed or swapped with the next; case and `-` for `_` are free.
fn distance(a: &str, b: &str) -> usize {
    let fold = |text: &str| text.to_ascii_lowercase().replace('-', "_").chars().collect::<Vec<_>>();
    let (a, b) = (fold(a), fold(b));
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut last = None;
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let cell = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (cell(&row, j) + usize::from(x != y)).min(cell(&row, j + 1) + 1).min(cell(&next, j) + 1);
            let swapped = j.checked_sub(1).filter(|k| last == Some(y) && b.get(*k) == Some(x));
            if let Some(k) = swapped {
                best = best.min(cell(&before, k) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(x);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_found() {
        let known = ["endpoint", "region", "verify_payload", "landsat"];
        for (written, meant) in [
            ("endpont", Some("endpoint")),
            ("endpiont", Some("endpoint")),
            ("Region", Some("region")),
            ("verify-payload", Some("verify_payload")),
            ("landsatt", Some("landsat")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known), meant, "{written:?}");
        }
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
    }
}
