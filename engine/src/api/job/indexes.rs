//! Sets of indexes of an Indexed Job, as `0,2,5-9`.
//!
//! Source: `validateIndexesFormat` in `pkg/apis/batch/validation`.

/// Why a text is not a set of indexes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// An interval has more than two ends.
    #[error(
        "the fragment {0:?} violates the requirement that an index interval can have at most two \
         parts separated by '-'"
    )]
    Parts(String),
    /// An index is not a number.
    #[error("cannot convert string to integer for index: {0:?}")]
    Number(String),
    /// An index is not below the number of completions.
    #[error("too large index: {0:?}")]
    TooLarge(String),
    /// The indexes do not rise.
    #[error("non-increasing order, previous: {0}, current: {1}")]
    Order(i64, i64),
}

/// The intervals of a set of indexes below `completions`, both ends included.
pub fn parse_indexes(text: &str, completions: i64) -> Result<Vec<(i64, i64)>, IndexError> {
    let mut intervals: Vec<(i64, i64)> = Vec::new();
    if text.is_empty() {
        return Ok(intervals);
    }
    for part in text.split(',') {
        let (first, last) = parse_interval(part, completions)?;
        if let Some((_, previous)) = intervals.last().filter(|(_, previous)| *previous >= first) {
            return Err(IndexError::Order(*previous, first));
        }
        intervals.push((first, last));
    }
    Ok(intervals)
}

/// The intervals of a text in which some may be malformed.
pub(super) fn readable_intervals(text: &str, completions: i64) -> Vec<(i64, i64)> {
    text.split(',').filter_map(|part| parse_interval(part, completions).ok()).collect()
}

fn parse_interval(text: &str, completions: i64) -> Result<(i64, i64), IndexError> {
    let index = |part: &str| -> Result<i64, IndexError> {
        let index = part.parse().map_err(|_| IndexError::Number(part.to_owned()))?;
        if index >= completions { Err(IndexError::TooLarge(part.to_owned())) } else { Ok(index) }
    };
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [only] => index(only).map(|index| (index, index)),
        [first, last] => {
            let (first, last) = (index(first)?, index(last)?);
            if first >= last { Err(IndexError::Order(first, last)) } else { Ok((first, last)) }
        }
        _ => Err(IndexError::Parts(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sets_and_says_what_is_wrong() {
        assert_eq!(parse_indexes("0,2,5-9", 10), Ok(vec![(0, 0), (2, 2), (5, 9)]));
        for (text, error) in [
            ("invalid-format", "cannot convert string to integer for index: \"invalid\""),
            (
                "1-2-3",
                "the fragment \"1-2-3\" violates the requirement that an index interval can \
                       have at most two parts separated by '-'",
            ),
            ("10", "too large index: \"10\""),
            ("3,3", "non-increasing order, previous: 3, current: 3"),
        ] {
            let found = parse_indexes(text, 10).map_err(|error| error.to_string());
            assert_eq!(found, Err(error.to_owned()));
        }
    }
}
