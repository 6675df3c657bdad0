//! Classes of a trial's spans: a JSON list with their figures, and a byte per span.

use serde::{Deserialize, Serialize};

use super::row::{RowIn, RowOut};
use crate::record::codec::{compress, decompress};
use crate::record::error::Problem;
use crate::record::limits::{Budget, LONGEST_EXPERIMENT, MOST_BUCKETS, MOST_COUNT, MOST_NANOS};
use crate::trial::{Bucket, ClassSummary, SpanClass, SpanClasses, Spans};
use crate::workload::MOST_CLASSES;

const CLASSES: &str = "classes";
const CLASS_OF_SPAN: &str = "class_of_span";

#[derive(Debug, Serialize, Deserialize)]
struct StoredClass {
    #[serde(flatten)]
    class: SpanClass,
    recorded: u64,
    queue: Vec<Bucket>,
    latency: Vec<Bucket>,
}

pub(in crate::record) fn write(spans: &Spans, classes: &[ClassSummary], row: &mut RowOut) -> Result<(), Problem> {
    if spans.classes.is_empty() {
        return Ok(());
    }
    let stored = spans.classes.list.iter().zip(classes).map(|(class, summary)| {
        let (queue, latency) = summary.histograms();
        StoredClass {
            class: class.clone(),
            recorded: summary.recorded,
            queue: queue.to_vec(),
            latency: latency.to_vec(),
        }
    });
    let json = serde_json::to_string(&stored.collect::<Vec<_>>()).map_err(|error| Problem::Io(error.into()))?;
    row.put(CLASSES, json).put(CLASS_OF_SPAN, compress(&spans.classes.of)?);
    Ok(())
}

/// Reads the classes of a trial with so many steps and spans.
pub(in crate::record) fn read(
    row: &RowIn<'_>,
    steps: usize,
    spans: usize,
    budget: &mut Budget,
) -> Result<(SpanClasses, Vec<ClassSummary>), Problem> {
    let Some(text) = row.long_text(CLASSES, LONGEST_EXPERIMENT)? else { return Ok(Default::default()) };
    let wrong = || row.wrong(CLASSES, "a JSON list of classes with their steps and histograms");
    let list: Vec<StoredClass> = serde_json::from_str(&text).map_err(|_| wrong())?;
    let fits = |one: &StoredClass| {
        let last = one.class.first_step.checked_add(one.class.steps);
        last.is_some_and(|last| last <= steps)
            && one.recorded <= one.class.done
            && one.class.done <= MOST_COUNT
            && [&one.queue, &one.latency].into_iter().all(|buckets| {
                let most =
                    |bucket: &Bucket| bucket.0 <= 2 * MOST_NANOS && bucket.1 <= crate::workload::MOST_TASKS.into();
                buckets.len() <= MOST_BUCKETS && buckets.iter().all(most)
            })
    };
    if list.is_empty() || list.len() > MOST_CLASSES || !list.iter().all(fits) {
        return Err(wrong());
    }
    let of = row.needed(CLASS_OF_SPAN, row.bytes(CLASS_OF_SPAN)?)?;
    let of = decompress(&of, spans).map_err(|_| Problem::Block(CLASS_OF_SPAN))?;
    if of.len() != spans || of.iter().any(|class| usize::from(*class) >= list.len()) {
        return Err(Problem::Block(CLASS_OF_SPAN));
    }
    budget.take(of.len() + list.iter().map(|one| (one.queue.len() + one.latency.len()) * 16).sum::<usize>())?;
    let (classes, summaries) = list
        .into_iter()
        .map(|one| {
            let summary = ClassSummary::from_histograms(one.class.done, one.recorded, one.queue, one.latency);
            (one.class, summary)
        })
        .unzip();
    Ok((SpanClasses { list: classes, of }, summaries))
}
