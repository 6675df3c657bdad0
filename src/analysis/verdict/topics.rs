//! List of topics. The first with a headline takes it; the sentences of the others follow in this order.

use super::topic::Topic;
use super::{classes, cpu_limit, heartbeat, interpreter_lock, locks, memory, server, thread_limit, updates};

/// Every topic, the most particular first.
pub(super) const TOPICS: [&dyn Topic; 9] = [
    &updates::Updates,
    &classes::Classes,
    &heartbeat::Heartbeat,
    &locks::Locks,
    &interpreter_lock::InterpreterLock,
    &memory::Memory,
    &server::Server,
    &cpu_limit::UsableCpus,
    &thread_limit::ThreadLimit,
];
