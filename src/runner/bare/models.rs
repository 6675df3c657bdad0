//! One bare program for each model within a process, as a programmer would write it by hand.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use super::processes;
use super::task::{panicked, task, timed};
use crate::model::ModelId;

/// Runs all tasks once under a model. Returns the wall nanoseconds, from submitting the first task to knowing that the
/// last is done.
pub(super) fn run(model: ModelId, tasks: u32, units: u64, workers: usize) -> io::Result<u64> {
    match model {
        ModelId::Sequential => timed(|| {
            for index in 0..tasks {
                task(index, units);
            }
            Ok(())
        }),
        ModelId::Threads => threads(tasks, units),
        ModelId::ThreadPool => thread_pool(tasks, units, workers),
        ModelId::Rayon => rayon_scope(tasks, units, workers),
        ModelId::Async => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
            timed(|| runtime.block_on(spawn_all(tasks, units)))
        }
        ModelId::AsyncMulti => async_multi(tasks, units, workers),
        ModelId::AsyncBlocking => async_blocking(tasks, units, workers),
        ModelId::ProcessPool => processes::pool(tasks, units, workers),
        ModelId::Processes => processes::one_per_task(tasks, units),
        python => Err(io::Error::other(format!("{} has no bare program", python.name()))),
    }
}

fn threads(tasks: u32, units: u64) -> io::Result<u64> {
    timed(|| {
        let left = Arc::new(AtomicU32::new(tasks));
        let main = thread::current();
        for index in 0..tasks {
            let (left, main) = (Arc::clone(&left), main.clone());
            thread::Builder::new().spawn(move || {
                task(index, units);
                if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                    main.unpark();
                }
            })?;
        }
        while left.load(Ordering::Acquire) > 0 {
            thread::park();
        }
        Ok(())
    })
}

fn thread_pool(tasks: u32, units: u64, workers: usize) -> io::Result<u64> {
    let (send, receive) = crossbeam_channel::unbounded::<u32>();
    let ready = Arc::new(Barrier::new(workers + 1));
    let mut pool = Vec::with_capacity(workers);
    for _ in 0..workers {
        let (receive, ready) = (receive.clone(), Arc::clone(&ready));
        pool.push(thread::Builder::new().spawn(move || {
            ready.wait();
            for index in receive {
                task(index, units);
            }
        })?);
    }
    ready.wait();
    timed(|| {
        for index in 0..tasks {
            send.send(index).map_err(io::Error::other)?;
        }
        drop(send);
        pool.into_iter().try_for_each(|thread| thread.join().map_err(panicked))
    })
}

fn rayon_scope(tasks: u32, units: u64, workers: usize) -> io::Result<u64> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build().map_err(io::Error::other)?;
    pool.broadcast(|_| ());
    timed(|| {
        pool.scope(|scope| {
            for index in 0..tasks {
                scope.spawn(move |_| {
                    task(index, units);
                });
            }
        });
        Ok(())
    })
}

async fn spawn_all(tasks: u32, units: u64) -> io::Result<()> {
    let mut handles = Vec::with_capacity(tasks as usize);
    for index in 0..tasks {
        handles.push(tokio::spawn(async move {
            task(index, units);
        }));
    }
    for handle in handles {
        handle.await?;
    }
    Ok(())
}

fn async_multi(tasks: u32, units: u64, workers: usize) -> io::Result<u64> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_time().build()?;
    runtime.block_on(async {
        let barrier = Arc::new(Barrier::new(workers));
        let meet = |barrier: Arc<Barrier>| async move {
            barrier.wait();
        };
        let handles: Vec<_> = (0..workers).map(|_| tokio::spawn(meet(Arc::clone(&barrier)))).collect();
        for handle in handles {
            handle.await?;
        }
        io::Result::Ok(())
    })?;
    timed(|| runtime.block_on(spawn_all(tasks, units)))
}

fn async_blocking(tasks: u32, units: u64, workers: usize) -> io::Result<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().max_blocking_threads(workers).build()?;
    runtime.block_on(async {
        let barrier = Arc::new(Barrier::new(workers));
        let meet = |barrier: Arc<Barrier>| {
            move || {
                barrier.wait();
            }
        };
        let handles: Vec<_> = (0..workers).map(|_| tokio::task::spawn_blocking(meet(Arc::clone(&barrier)))).collect();
        for handle in handles {
            handle.await?;
        }
        io::Result::Ok(())
    })?;
    timed(|| {
        runtime.block_on(async {
            let mut handles = Vec::with_capacity(tasks as usize);
            for index in 0..tasks {
                handles.push(tokio::task::spawn_blocking(move || {
                    task(index, units);
                }));
            }
            for handle in handles {
                handle.await?;
            }
            Ok(())
        })
    })
}
