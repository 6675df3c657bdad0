//! Vertical layout of a model's CPU usage: a strip of all cores together, and below it one of each core. Positions are
//! points below the top. Draws nothing.

/// Top and bottom of the strip of all cores together: above it is the upper half of its name, "100 %".
const TOTAL: (f32, f32) = (5.0, 49.0);
/// Gap between it and the strips of single cores.
const GAP: f32 = 6.0;
/// Most cores with a strip of their own; more are rows of a heat map.
const MOST_STRIPS: usize = 16;
/// Least distance between two names.
const LEAST_BETWEEN_NAMES: f32 = 12.0;
/// Height of a core's bar that shows its share of a short trial.
const OCCUPANCY_PITCH: f32 = 24.0;

/// Returns the position of a share of all cores in their common strip.
pub fn of_total(share: f64) -> f32 {
    TOTAL.1 + (TOTAL.0 - TOTAL.1) * share.clamp(0.0, 1.0) as f32
}

/// The strips of one model.
#[derive(Clone, Copy)]
pub struct Strips {
    pub cores: usize,
}

impl Strips {
    /// Returns true if the cores are rows of a heat map.
    pub const fn is_heat_map(self) -> bool {
        self.cores > MOST_STRIPS
    }

    /// Returns the distance between two cores.
    fn pitch(self) -> f32 {
        let cores = self.cores.max(1) as f32;
        if self.is_heat_map() { (160.0 / cores).clamp(1.0, 7.0) } else { (64.0 / cores).clamp(4.0, 14.0).floor() }
    }

    /// Returns the height of all strips.
    pub fn height(self) -> f32 {
        TOTAL.1 + GAP + self.pitch() * self.cores as f32
    }

    /// Returns top and bottom of a core's strip.
    pub fn of_core(self, core: usize) -> (f32, f32) {
        let top = TOTAL.1 + GAP + core as f32 * self.pitch();
        (top, top + if self.is_heat_map() { self.pitch() } else { self.pitch() - 1.5 })
    }

    /// Returns the core whose strip is here.
    pub fn core_at(self, below_top: f32) -> Option<usize> {
        let row = ((below_top - TOTAL.1 - GAP) / self.pitch()).floor();
        (row >= 0.0 && (row as usize) < self.cores).then_some(row as usize)
    }

    /// Returns the names left of the strips, with their positions.
    pub fn names(self) -> Vec<(f32, String)> {
        let pitch = self.pitch();
        let every = [1, 4, 8, 16, 32, 64].into_iter().find(|every| pitch * *every as f32 >= LEAST_BETWEEN_NAMES);
        let mut names = vec![(of_total(1.0), "100 %".to_owned()), (of_total(0.5), "50 %".to_owned())];
        for core in (0..self.cores).step_by(every.unwrap_or(64)) {
            let (top, bottom) = self.of_core(core);
            names.push(((top + bottom) / 2.0, format!("core {core}")));
        }
        names
    }
}

/// Returns the height of the bars of this many cores.
pub fn occupancy_height(cores: usize) -> f32 {
    OCCUPANCY_PITCH * cores as f32
}

/// Returns top and bottom of the bar in a row.
pub fn occupancy_bar(row: usize) -> (f32, f32) {
    let top = row as f32 * OCCUPANCY_PITCH;
    (top, top + OCCUPANCY_PITCH - 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_core_is_found_in_its_strip_and_names_keep_their_distance() {
        for cores in [1, 2, 8, 16, 17, 64, 256] {
            let strips = Strips { cores };
            for core in 0..cores {
                let (top, bottom) = strips.of_core(core);
                assert_eq!(strips.core_at(f32::midpoint(top, bottom)), Some(core), "{cores}");
                assert!(bottom <= strips.height() + 0.01);
            }
            assert_eq!((strips.core_at(10.0), strips.core_at(strips.height() + 1.0)), (None, None));
            let names = strips.names();
            for pair in names[2..].windows(2) {
                assert!(pair[1].0 - pair[0].0 >= LEAST_BETWEEN_NAMES - 0.01, "{cores}: {pair:?}");
            }
        }
    }
}
