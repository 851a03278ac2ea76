//! The real binary on real sockets, between a client and backends that live in the test.

mod edges;
mod harness;
mod hostile;
mod load;
mod reload;
mod shutdown;
mod through;
mod translated;
