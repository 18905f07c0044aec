//! What the demo library holds. Pure data; all of it was made up for this purpose.

use super::scene::Scene;
use super::tune::Tune;

/// A film.
pub(super) struct Film {
    pub(super) title: &'static str,
    pub(super) year: u32,
    pub(super) genres: &'static [&'static str],
    pub(super) plot: &'static str,
    /// How long it is, in seconds.
    pub(super) seconds: u32,
    /// Chapters of equal length.
    pub(super) chapters: &'static [&'static str],
    pub(super) scene: Scene,
    pub(super) tune: Tune,
}

/// An episode.
pub(super) struct Episode {
    pub(super) title: &'static str,
    pub(super) plot: &'static str,
    pub(super) scene: Scene,
}

/// A show of one season.
pub(super) struct Show {
    pub(super) title: &'static str,
    pub(super) year: u32,
    pub(super) genres: &'static [&'static str],
    pub(super) plot: &'static str,
    pub(super) scene: Scene,
    pub(super) seconds: u32,
    pub(super) tune: Tune,
    pub(super) episodes: &'static [Episode],
}

/// An album.
pub(super) struct Album {
    pub(super) artist: &'static str,
    pub(super) title: &'static str,
    pub(super) year: u32,
    pub(super) genres: &'static [&'static str],
    pub(super) scene: Scene,
    pub(super) seconds: u32,
    pub(super) tracks: &'static [(&'static str, Tune)],
}

pub(super) const FILMS: [Film; 3] = [
    Film {
        title: "The Night Ferry",
        year: 2021,
        genres: &["Drama", "Mystery"],
        plot: "The last boat of the evening leaves with one passenger more than it has tickets for. A short crossing under a full moon, drawn on this device.",
        seconds: 18,
        chapters: &["Cast Off", "Open Water", "The Other Shore"],
        scene: Scene::Sea,
        tune: Tune::Evening,
    },
    Film {
        title: "Slow Weather",
        year: 2019,
        genres: &["Documentary"],
        plot: "One morning over four hills, from the first light to the first cloud. Nothing happens, in the right order.",
        seconds: 16,
        chapters: &["First Light", "First Cloud"],
        scene: Scene::Hills,
        tune: Tune::Morning,
    },
    Film {
        title: "Paper Planets",
        year: 2023,
        genres: &["Science Fiction", "Family"],
        plot: "Somebody has folded a sun, and four small worlds to go around it. They keep time better than they should.",
        seconds: 16,
        chapters: &["The Fold", "Around and Around"],
        scene: Scene::Orbits,
        tune: Tune::Wide,
    },
];

pub(super) const SHOW: Show = Show {
    title: "Small Hours",
    year: 2022,
    genres: &["Drama"],
    plot: "A street between midnight and morning, one window at a time.",
    scene: Scene::City,
    seconds: 10,
    tune: Tune::Night,
    episodes: &[
        Episode {
            title: "Rain",
            plot: "Everybody who is awake listens to the same thing.",
            scene: Scene::Rain,
        },
        Episode {
            title: "The Lamp",
            plot: "One window stays lit, and the others begin to wonder.",
            scene: Scene::City,
        },
        Episode {
            title: "First Bus",
            plot: "It is still dark when the morning gets on.",
            scene: Scene::Hills,
        },
    ],
};

pub(super) const ALBUM: Album = Album {
    artist: "The Quiet Engines",
    title: "Tide Tables",
    year: 2020,
    genres: &["Ambient"],
    scene: Scene::Sea,
    seconds: 24,
    tracks: &[
        ("Ebb", Tune::Evening),
        ("Slack Water", Tune::Wide),
        ("Flood", Tune::Morning),
    ],
};
