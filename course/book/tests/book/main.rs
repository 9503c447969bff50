//! The book: what stops a build, what the served book does, and whether the pages keep the rules.

mod common;
mod guards;
mod pages;
mod player;
mod published;
mod rules;
mod russian;
mod served;
mod timeline;
