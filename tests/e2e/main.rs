//! The real binary on real sockets, between a client and backends that live in the test.

mod backends;
mod edges;
mod empty;
mod examples;
mod frames;
mod harness;
mod heads;
mod hostile;
mod lines;
mod load;
mod log;
mod messages;
mod open;
mod records;
mod refused;
mod reload;
mod routes;
mod shutdown;
mod splits;
mod swapped;
mod through;
mod told;
mod translated;
mod uploads;
mod versions;
