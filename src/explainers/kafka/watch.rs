//! What must hold, watched as it happens.

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Watch {}
