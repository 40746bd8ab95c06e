//! The group coordinator, a broker's part that keeps who is in a group and who reads what: the classic protocol and
//! the consumer group protocol (KIP-848). A machine: requests and the time go in, responses and timers come out.

pub mod classic;
mod ids;
pub mod modern;
mod timers;
pub mod types;

pub use classic::Classic;
pub use modern::Modern;
pub use types::*;
