//! Positions of names at the ends of curves, none on another.

/// Moves sorted positions apart to a least distance, none below `bottom`.
#[must_use]
pub fn spread(wanted: &[f64], distance: f64, bottom: f64) -> Vec<f64> {
    let mut at: Vec<f64> = Vec::with_capacity(wanted.len());
    for position in wanted {
        let least = at.last().map_or(f64::NEG_INFINITY, |last| last + distance);
        at.push(position.max(least));
    }
    let mut most = bottom;
    for position in at.iter_mut().rev() {
        *position = position.min(most);
        most = *position - distance;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_apart_and_inside() {
        assert_eq!(spread(&[10.0, 11.0, 100.0], 18.0, 300.0), [10.0, 28.0, 100.0]);
        assert_eq!(spread(&[299.0, 300.0], 18.0, 300.0), [282.0, 300.0]);
    }
}
