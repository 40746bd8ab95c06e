//! The group coordinator, a broker's part that keeps who is in a group and who reads what: the classic protocol and
//! the consumer group protocol (KIP-848). A machine: requests and the time go in, responses and timers come out.
//!
//! ```text
//! Classic::new(Rc<Config>) / Modern::new(Rc<Config>, topics: Rc<[models::kafka::Topic]>)
//!   .handle(now, from, request) -> Vec<Answer>   answers at once and those that were owed
//!   .due() -> Option<Micros>                     when the next timer fires
//!   .fire(now) -> Option<Fired>                  the next timer that is due at `now`, if any
//!   .state(), .generation() / .epoch(), .assignment_epoch(), .members() …
//! Modern::set_topics(topics)                     partitions or topics were added
//! ```

pub mod types;
