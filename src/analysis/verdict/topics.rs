//! List of topics. The first with a headline takes it; the sentences of the others follow in this order.

use super::topic::Topic;
use super::{
    classes, cpu_limit, heartbeat, interpreter_lock, locks, memory, payload, server, shared_objects, thread_limit,
    updates,
};

/// Every topic, the most particular first.
pub(super) const TOPICS: [&dyn Topic; 11] = [
    &updates::Updates,
    &classes::Classes,
    &heartbeat::Heartbeat,
    &locks::Locks,
    &interpreter_lock::InterpreterLock,
    &shared_objects::SharedObjects,
    &memory::Memory,
    &payload::Payloads,
    &server::Server,
    &cpu_limit::UsableCpus,
    &thread_limit::ThreadLimit,
];
