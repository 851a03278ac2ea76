//! Binds mappings to contracts and fuses a chain of hops into one program. The only room that
//! knows mapping, contract and plan; it runs nothing.

mod resolve;
