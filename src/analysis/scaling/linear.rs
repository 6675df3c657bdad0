//! Least squares with at most three terms, for relative errors and without negative coefficients.

/// Solves a small system of linear equations by elimination with pivots; `None` where it is singular.
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let pivot = (column..N).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let scale = matrix[column][column];
        if scale.abs() < 1e-12 {
            return None;
        }
        for row in column + 1..N {
            let factor = matrix[row][column] / scale;
            let pivot_row = matrix[column];
            for (entry, pivot) in matrix[row].iter_mut().zip(pivot_row).skip(column) {
                *entry -= factor * pivot;
            }
            right[row] -= factor * right[column];
        }
    }
    let mut solution = [0.0; N];
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|entry| matrix[row][entry] * solution[entry]).sum();
        solution[row] = (right[row] - known) / matrix[row][row];
    }
    Some(solution)
}

/// Coefficients that minimise the sum of squared relative errors of `y ≈ Σ coefficient · term`, none below 0 and at least
/// one above; with `needs_first` the first one, too.
pub(super) fn relative_least_squares<const N: usize>(
    terms: &[[f64; N]],
    y: &[f64],
    needs_first: bool,
) -> Option<[f64; N]> {
    // The coefficients are then near 1, whatever the unit.
    let unit = *y.first()?;
    let mut best: Option<(f64, [f64; N])> = None;
    // Each subset of terms but the empty one: the others are 0.
    for kept in (1..1_u32 << N).filter(|kept| kept & 1 == 1 || !needs_first) {
        let is_kept = |term: usize| kept & (1 << term) != 0;
        let (mut matrix, mut right) = ([[0.0; N]; N], [0.0; N]);
        for (row, y) in terms.iter().zip(y) {
            let scaled = row.map(|term| term * unit / y);
            for a in (0..N).filter(|a| is_kept(*a)) {
                right[a] += scaled[a];
                for b in (0..N).filter(|b| is_kept(*b)) {
                    matrix[a][b] += scaled[a] * scaled[b];
                }
            }
        }
        for dropped in (0..N).filter(|term| !is_kept(*term)) {
            matrix[dropped][dropped] = 1.0;
        }
        let Some(solution) = solve(matrix, right).map(|solution| solution.map(|one| one * unit)) else { continue };
        if solution.iter().any(|coefficient| *coefficient < 0.0) {
            continue;
        }
        let error = |(row, y): (&[f64; N], &f64)| (predicted(row, &solution) / y - 1.0).powi(2);
        let error: f64 = terms.iter().zip(y).map(error).sum();
        if best.is_none_or(|(least, _)| error < least) {
            best = Some((error, solution));
        }
    }
    best.map(|(_, solution)| solution)
}

/// Returns Σ coefficient · term.
pub(super) fn predicted<const N: usize>(terms: &[f64; N], coefficients: &[f64; N]) -> f64 {
    terms.iter().zip(coefficients).map(|(term, coefficient)| term * coefficient).sum()
}
