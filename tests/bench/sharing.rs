//! Counters side by side and apart against the same loops in C, in interleaved pairs: nanoseconds per addition, with one
//! thread and with two. The C program is compiled by `cc`; without a C compiler the comparison is skipped.

use std::path::Path;
use std::process::Command;

use concurrency_lab::model::ModelId;
use concurrency_lab::workload::{Protection, Step};

use super::pairs;

/// Number of additions per task, plain and atomic.
const PLAIN: u64 = 20_000_000;
const ATOMIC: u64 = 4_000_000;
const FORMS: [(Protection, u64); 4] = [
    (Protection::PerWorker, PLAIN),
    (Protection::PerWorkerPadded, PLAIN),
    (Protection::PerWorkerAtomic, ATOMIC),
    (Protection::PerWorkerPaddedAtomic, ATOMIC),
];

/// Runs `pairs` pairs of the lab and the C program, with one thread and with two, and prints medians.
pub fn compare(pairs: u32) {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("counters");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/counters.c");
    let compiled = Command::new("cc").args(["-O2", "-pthread", "-o"]).arg(&program).arg(source).status();
    if !compiled.is_ok_and(|status| status.success()) {
        println!("  sharing: skipped, `cc` could not compile the C program");
        return;
    }
    let mut medians = Vec::new();
    for (threads, model) in [(1, ModelId::Sequential), (2, ModelId::Threads)] {
        let (mut lab, mut c) = (vec![Vec::new(); FORMS.len()], vec![Vec::new(); FORMS.len()]);
        for pair in 0..pairs {
            let mut sides = [(&mut lab, true), (&mut c, false)];
            sides.rotate_left(pair as usize % 2);
            for (samples, is_lab) in sides {
                let nanos = if is_lab { run_lab(model) } else { run_c(&program, threads) };
                samples.iter_mut().zip(nanos).for_each(|(samples, nanos)| samples.push(nanos));
            }
        }
        for ((protection, _), (lab, c)) in FORMS.iter().zip(lab.iter_mut().zip(&mut c)) {
            let (lab, c) = (pairs::median(lab), pairs::median(c));
            let name = protection.name();
            println!("  {name:<26} {threads} threads: lab {lab:7.3} ns, C {c:7.3} ns, ratio {:.3}", lab / c);
            medians.push((lab, c));
        }
    }
    for (form, label) in [(0, "plain"), (2, "atomic")] {
        let effect = |side: fn(&(f64, f64)) -> f64| {
            let packed_by_padded = |index: usize| side(&medians[index]) / side(&medians[index + 1]);
            (packed_by_padded(form), packed_by_padded(form + FORMS.len()))
        };
        let ((lab_alone, lab_two), (c_alone, c_two)) = (effect(|pair| pair.0), effect(|pair| pair.1));
        println!(
            "  {label}, side by side / apart: one thread lab {lab_alone:.3}, C {c_alone:.3}; two threads lab \
             {lab_two:.3}, C {c_two:.3}; sharing alone lab {:.3}, C {:.3}",
            lab_two / lab_alone,
            c_two / c_alone
        );
    }
}

/// Runs two tasks, as many as the C program has threads when they run at the same time.
fn run_lab(model: ModelId) -> Vec<f64> {
    let steps = FORMS.map(|(protection, count)| Step::Increment { count, protection });
    let (_, results) = pairs::lab(model, steps.to_vec(), 2);
    let measured = results.trials[0].completed().expect("completed");
    measured.span_summary.step_nanos.iter().zip(FORMS).map(|(nanos, (_, count))| nanos / count as f64).collect()
}

fn run_c(program: &Path, threads: u32) -> Vec<f64> {
    let arguments = [u64::from(threads), PLAIN, ATOMIC].map(|number| number.to_string());
    let output = Command::new(program).args(arguments).output().expect("the C program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| line.parse().expect("a number")).collect()
}
