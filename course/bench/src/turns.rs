//! Rounds in which all subjects take turns.

use crate::{meter::Meter, report::Row};

/// Something that is measured again and again.
pub struct Subject {
    /// What a reader calls it.
    pub name: &'static str,
    /// Whether the course builds it.
    pub is_ours: bool,
    /// Takes one sample, in the unit of its group.
    pub sample: Box<dyn FnMut() -> f64>,
}

impl Subject {
    /// One that the course builds.
    pub fn ours(name: &'static str, sample: impl FnMut() -> f64 + 'static) -> Subject {
        Subject { name, is_ours: true, sample: Box::new(sample) }
    }

    /// One that it is compared with.
    pub fn peer(name: &'static str, sample: impl FnMut() -> f64 + 'static) -> Subject {
        Subject { name, is_ours: false, sample: Box::new(sample) }
    }
}

/// Takes a sample of each subject in each round, after one round that does not count; says how far it is with `what`.
pub fn take_turns(what: &str, rounds: usize, mut subjects: Vec<Subject>) -> Vec<Row> {
    let mut samples = vec![Vec::with_capacity(rounds); subjects.len()];
    let meter = Meter::start();
    for round in 0..=rounds {
        let which =
            if round == 0 { "a first round".to_owned() } else { format!("round {round} of {rounds}") };
        meter.say(format!("{which}: {what}"));
        for (subject, samples) in subjects.iter_mut().zip(&mut samples) {
            let sample = (subject.sample)();
            if round > 0 {
                samples.push(sample);
            }
        }
    }
    subjects.iter().zip(samples).map(|(subject, samples)| row(subject, samples)).collect()
}

fn row(subject: &Subject, mut samples: Vec<f64>) -> Row {
    samples.sort_by(f64::total_cmp);
    let at = |share: f64| samples[((samples.len() - 1) as f64 * share).round() as usize];
    let (low, median, high) = (at(0.1), at(0.5), at(0.9));
    Row { name: subject.name.to_owned(), is_ours: subject.is_ours, median, low, high }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;

    /// Subjects alternate, the first round is left out, and the median is of the others.
    #[test]
    fn subjects_take_turns() {
        let order = Rc::new(RefCell::new(String::new()));
        let subject = |name: &'static str, first: f64| {
            let (order, mut next) = (order.clone(), first);
            Subject::peer(name, move || {
                order.borrow_mut().push_str(name);
                next += 1.0;
                next
            })
        };
        let rows = take_turns("tea", 3, vec![subject("a", 0.0), subject("b", 10.0)]);
        assert_eq!(*order.borrow(), "abababab");
        assert_eq!([rows[0].median, rows[1].median], [3.0, 13.0]);
    }
}
