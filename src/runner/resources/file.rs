//! The `file` step: writes a file, optionally flushes it to storage (`fsync`), and reads it back; or reads a file that
//! was written before the clock. The standard library in threads and processes, tokio's file API on event loops.

use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

use crate::failure::{ShownPath, StepAction, StepProblem};
use crate::private_files;

/// Longest single write.
const BLOCK_BYTES: u64 = 1 << 20;
/// Longest single read.
const READ_BYTES: usize = 64 * 1024;

/// The trial's folder and the content of the files of one step.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    step: usize,
    sync: bool,
    read_only: bool,
    /// Written repeatedly until the file is long enough.
    block: Vec<u8>,
}

impl Folder {
    pub(super) fn new(path: PathBuf, step: usize, (sync, read_only): (bool, bool), largest: u64) -> Self {
        // No two pages are alike, so that no layer below can deduplicate or compress them.
        let largest = largest.min(BLOCK_BYTES);
        let words = (0..largest.div_ceil(8)).map(|word| word.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut block: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
        block.truncate(largest as usize);
        Self { path, step, sync, read_only, block }
    }

    fn file(&self, task: u32) -> PathBuf {
        self.path.join(format!("file-{}-{task}", self.step))
    }

    /// The pieces to write for a file of `bytes`.
    fn pieces(&self, bytes: u64) -> impl Iterator<Item = &[u8]> {
        let length = self.block.len().max(1) as u64;
        (0..bytes.div_ceil(length)).map(move |piece| &self.block[..(bytes - piece * length).min(length) as usize])
    }

    /// Writes the files of all tasks, before the clock, for a step that only reads them.
    pub(super) fn prepare(&self, amounts: impl Iterator<Item = (u32, u64)>) -> std::io::Result<()> {
        for (task, bytes) in amounts {
            let mut file = private_files::create_new(&self.file(task))?;
            for piece in self.pieces(bytes) {
                file.write_all(piece)?;
            }
        }
        Ok(())
    }

    /// Does the step for one task, blocking. Returns the sum of the bytes read.
    pub(super) fn run(&self, task: u32, bytes: u64) -> Result<u64, StepProblem> {
        if self.read_only { self.read(task, bytes) } else { self.write_and_read(task, bytes) }
    }

    /// Does the step for one task, on an event loop. Returns the sum of the bytes read.
    pub(super) async fn run_async(&self, task: u32, bytes: u64) -> Result<u64, StepProblem> {
        match self.read_only {
            true => self.read_async(task, bytes).await,
            false => self.write_and_read_async(task, bytes).await,
        }
    }

    fn read(&self, task: u32, bytes: u64) -> Result<u64, StepProblem> {
        let path = self.file(task);
        let failed = |error: std::io::Error| StepProblem::system(StepAction::Read { path: (&path).into() }, &error);
        let file = std::fs::File::open(&path).map_err(failed)?;
        sum_of(file, &path)?.verify(bytes)
    }

    async fn read_async(&self, task: u32, bytes: u64) -> Result<u64, StepProblem> {
        let path = self.file(task);
        let failed = |error: std::io::Error| StepProblem::system(StepAction::Read { path: (&path).into() }, &error);
        let file = tokio::fs::File::open(&path).await.map_err(failed)?;
        sum_of_async(file, &path).await?.verify(bytes)
    }

    /// Writes and reads one file. Returns the sum of the bytes read.
    fn write_and_read(&self, task: u32, bytes: u64) -> Result<u64, StepProblem> {
        let path = self.file(task);
        let failed = |action: fn(ShownPath) -> StepAction| {
            let path = ShownPath::from(&path);
            move |error: std::io::Error| StepProblem::system(action(path), &error)
        };
        let mut file = private_files::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed(|path| StepAction::Create { path }))?;
        for piece in self.pieces(bytes) {
            file.write_all(piece).map_err(failed(|path| StepAction::Write { path }))?;
        }
        if self.sync {
            file.sync_all().map_err(failed(|path| StepAction::Flush { path }))?;
        }
        file.rewind().map_err(failed(|path| StepAction::Rewind { path }))?;
        sum_of(file, &path)?.verify(bytes)
    }

    /// Writes and reads one file on an event loop. Returns the sum of the bytes read.
    async fn write_and_read_async(&self, task: u32, bytes: u64) -> Result<u64, StepProblem> {
        let path = self.file(task);
        let failed = |action: fn(ShownPath) -> StepAction| {
            let path = ShownPath::from(&path);
            move |error: std::io::Error| StepProblem::system(action(path), &error)
        };
        let mut options = private_files::options();
        options.create(true).truncate(true).read(true).write(true);
        let mut file = tokio::fs::OpenOptions::from(options)
            .open(&path)
            .await
            .map_err(failed(|path| StepAction::Create { path }))?;
        for piece in self.pieces(bytes) {
            file.write_all(piece).await.map_err(failed(|path| StepAction::Write { path }))?;
        }
        file.flush().await.map_err(failed(|path| StepAction::Write { path }))?;
        if self.sync {
            file.sync_all().await.map_err(failed(|path| StepAction::Flush { path }))?;
        }
        file.rewind().await.map_err(failed(|path| StepAction::Rewind { path }))?;
        sum_of_async(file, &path).await?.verify(bytes)
    }
}

/// Reads a file to its end.
fn sum_of(mut file: std::fs::File, path: &Path) -> Result<Sum, StepProblem> {
    let failed = |error: std::io::Error| StepProblem::system(StepAction::Read { path: path.into() }, &error);
    let mut buffer = vec![0; READ_BYTES];
    let mut sum = Sum::default();
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(sum),
            count => sum.add(&buffer[..count]),
        }
    }
}

/// Does the same on an event loop.
async fn sum_of_async(mut file: tokio::fs::File, path: &Path) -> Result<Sum, StepProblem> {
    let failed = |error: std::io::Error| StepProblem::system(StepAction::Read { path: path.into() }, &error);
    let mut buffer = vec![0; READ_BYTES];
    let mut sum = Sum::default();
    loop {
        match file.read(&mut buffer).await.map_err(failed)? {
            0 => return Ok(sum),
            count => sum.add(&buffer[..count]),
        }
    }
}

/// Length and sum of the bytes read.
#[derive(Default)]
struct Sum {
    bytes: u64,
    sum: u64,
}

impl Sum {
    // Not inlined: blocking and async reads are compared, and have to run the same loop.
    #[inline(never)]
    fn add(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.sum += piece.iter().map(|byte| u64::from(*byte)).sum::<u64>();
    }

    fn verify(self, expected: u64) -> Result<u64, StepProblem> {
        if self.bytes == expected {
            Ok(self.sum)
        } else {
            Err(StepProblem::FileLength { read: self.bytes, written: expected })
        }
    }
}
