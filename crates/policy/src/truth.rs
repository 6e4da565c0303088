//! Yes, no, and what cannot be said.

/// Whether something holds. What depends on a variable without a good value can be neither said nor denied: an allow
/// then does not apply, and a deny does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    No,
    Unknown,
    Yes,
}

impl Truth {
    pub(crate) const fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    pub(crate) const fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }

    /// Whether all hold; what comes behind a no is not asked.
    pub(crate) fn all(each: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::Yes;
        for one in each {
            match one {
                Self::No => return Self::No,
                Self::Unknown => all = Self::Unknown,
                Self::Yes => {}
            }
        }
        all
    }

    /// Whether any holds; what comes behind a yes is not asked.
    pub(crate) fn any(each: impl IntoIterator<Item = Self>) -> Self {
        Self::all(each.into_iter().map(Self::not)).not()
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, *};

    #[test]
    fn what_cannot_be_said_gives_way_to_what_decides() {
        for (each, all, any) in [
            (&[][..], Yes, No),
            (&[Yes, Unknown], Unknown, Yes),
            (&[No, Unknown], No, Unknown),
            (&[Unknown, No], No, Unknown),
            (&[Unknown, Yes], Unknown, Yes),
            (&[Yes, Yes], Yes, Yes),
            (&[No, No], No, No),
        ] {
            assert_eq!(Truth::all(each.iter().copied()), all, "{each:?}");
            assert_eq!(Truth::any(each.iter().copied()), any, "{each:?}");
        }
    }
}
