//! The report's three forms, from a fixture: do they tell the facts, and nothing that the facts smuggle in?

mod fixture;
mod forms;
mod hostile;
