//! What the demo library sounds like: slow chords with a bell above them. Pure.

use std::f64::consts::TAU;

use spool_player::clip::{SOUND_RATE, Sound};

/// A piece of music without an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tune {
    Evening,
    Morning,
    Night,
    Wide,
}

/// Seconds for which a chord sounds.
const BAR: f64 = 4.0;
/// Seconds in which it begins and ends.
const SOFT: f64 = 0.9;
/// How loud all of it is.
const LEVEL: f64 = 0.5;

impl Tune {
    /// Chords as half-tones above A at 110 Hz.
    const fn chords(self) -> [[i32; 3]; 4] {
        match self {
            Self::Evening => [[0, 7, 15], [-4, 8, 12], [3, 10, 15], [-2, 5, 14]],
            Self::Morning => [[3, 10, 19], [8, 12, 20], [-2, 10, 14], [3, 7, 15]],
            Self::Night => [[0, 3, 10], [-2, 5, 8], [-4, 3, 7], [-5, 2, 10]],
            Self::Wide => [[-5, 9, 14], [0, 7, 16], [-3, 6, 14], [2, 9, 18]],
        }
    }

    /// Its sound for so many seconds, with a soft beginning and end.
    pub(super) fn sound(self, seconds: u32) -> Sound {
        let whole = f64::from(seconds);
        Box::new(move |first, samples| {
            for (at, pair) in samples.chunks_exact_mut(2).enumerate() {
                let time = (first as f64 + at as f64) / f64::from(SOUND_RATE);
                let level = LEVEL * ramp(time) * ramp(whole - time);
                let (left, right) = self.at(time);
                pair[0] = (left * level) as f32;
                pair[1] = (right * level) as f32;
            }
        })
    }

    /// Left and right at a time, between -1 and 1.
    fn at(self, time: f64) -> (f64, f64) {
        let bar = (time / BAR).floor();
        let within = time - bar * BAR;
        let chord = self.chords()[bar as usize % 4];
        let swell = ramp(within) * ramp(BAR - within);
        let mut sides = (0.0, 0.0);
        for (voice, half_tones) in chord.into_iter().enumerate() {
            let tone = TAU * pitch(half_tones) * time;
            let breath = 1.0 + 0.15 * (TAU * 0.23 * time + voice as f64).sin();
            let value = (tone.sin() + 0.25 * (2.0 * tone).sin()) * 0.16 * swell * breath;
            let place = 0.3 + 0.2 * voice as f64;
            sides.0 += value * (1.0 - place);
            sides.1 += value * place;
        }
        let (left, right) = bell(chord, within);
        (sides.0 + left, sides.1 + right)
    }
}

/// Notes of the chord, two octaves above it, one each second.
fn bell(chord: [i32; 3], within: f64) -> (f64, f64) {
    let beat = within.floor();
    let since = within - beat;
    let note = chord[beat as usize % 3] + 24;
    let value =
        (TAU * pitch(note) * within).sin() * (-5.0 * since).exp() * 0.14 * ramp(since * 40.0);
    match beat as usize % 2 {
        0 => (value, value * 0.5),
        _ => (value * 0.5, value),
    }
}

fn pitch(half_tones: i32) -> f64 {
    110.0 * 2f64.powf(f64::from(half_tones) / 12.0)
}

/// From nothing to all within [`SOFT`] seconds.
fn ramp(time: f64) -> f64 {
    let share = (time / SOFT).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tune_is_heard_and_never_too_loud() {
        for tune in [Tune::Evening, Tune::Morning, Tune::Night, Tune::Wide] {
            let mut samples = vec![0.0; SOUND_RATE as usize * 2 * 6];
            tune.sound(6)(0, &mut samples);
            let loudest = samples.iter().fold(0f32, |most, one| most.max(one.abs()));
            assert!((0.1..=1.0).contains(&loudest), "{tune:?}: {loudest}");
            assert!(samples[0].abs() < 1e-6 && samples[samples.len() - 1].abs() < 1e-3);
        }
    }

    #[test]
    fn pieces_fit_together() {
        let mut whole = vec![0.0; 2000];
        Tune::Wide.sound(3)(0, &mut whole);
        let mut second = vec![0.0; 1000];
        Tune::Wide.sound(3)(500, &mut second);
        assert_eq!(whole[1000..], second);
    }
}
