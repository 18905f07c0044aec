//! The films, the show and the album that the kit makes up, as data.

use std::time::Duration;

use crate::art::Scene;

/// How a film's file is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Matroska, H.264, chapters, two AAC tracks (English, German), SRT and ASS subtitles inside.
    Mkv,
    /// MP4 with its index in front, H.264, AAC; an SRT file lies beside it.
    Mp4IndexFirst,
    /// MP4 with its index at the end.
    Mp4IndexLast,
    /// WebM, VP9, Opus.
    WebM,
}

impl Shape {
    /// Extension of its files.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mkv => "mkv",
            Self::Mp4IndexFirst | Self::Mp4IndexLast => "mp4",
            Self::WebM => "webm",
        }
    }
}

/// A film.
#[derive(Clone, Copy, Debug)]
pub struct Film {
    /// Title.
    pub title: &'static str,
    /// The title as the poster breaks it.
    pub lines: &'static [&'static str],
    /// Line under the title.
    pub tagline: &'static str,
    /// What it is about.
    pub overview: &'static str,
    /// Year of release.
    pub year: i32,
    /// Genres.
    pub genres: &'static [&'static str],
    /// For whom, as its country's board says.
    pub content_rating: &'static str,
    /// Stars of ten.
    pub rating: f64,
    /// Director and two players.
    pub people: [&'static str; 3],
    /// Length of its file in seconds.
    pub seconds: u64,
    /// Bits per second of its picture, in thousands.
    pub kilobits: u32,
    /// How its file is made.
    pub shape: Shape,
    /// What poster and picture show.
    pub scene: Scene,
}

impl Film {
    /// File name without extension: lower case, dashes.
    #[must_use]
    pub fn slug(&self) -> String {
        slug(self.title)
    }

    /// Length of its file.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// Lower case, everything but letters and digits as one dash.
#[must_use]
pub fn slug(title: &str) -> String {
    let lower = title.to_lowercase().replace('’', "");
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// The film in Matroska: chapters, two languages, subtitles; about 10 MB in 60 s.
pub const THE_LONG_REEL: usize = 0;
/// The film in MP4 with its index first.
pub const HARBOUR_LIGHTS: usize = 1;
/// The film in MP4 with its index last.
pub const THE_GLASS_ORCHARD: usize = 2;
/// The film in WebM.
pub const PAPER_MOONS: usize = 3;

/// One of the short ones, for what needs a small film.
pub const COPPER_VALLEY: usize = 7;

/// The one whose picture shows the northern lights.
pub const NORTHBOUND: usize = 9;

/// All films. The first four are the large ones, one of each shape; the rest are short.
pub const FILMS: [Film; 12] = [
    Film {
        title: "The Long Reel",
        lines: &["THE LONG", "REEL"],
        tagline: "Every frame leads home",
        overview: "A projectionist drives the last print of a forgotten film across a country that has stopped going to the pictures. At every stop someone remembers a different ending.",
        year: 2024,
        genres: &["Drama", "Adventure"],
        content_rating: "PG",
        rating: 8.1,
        people: ["Ines Valcourt", "Tomas Brandt", "Ruth Okafor"],
        seconds: 60,
        kilobits: 1250,
        shape: Shape::Mkv,
        scene: Scene::Spool,
    },
    Film {
        title: "Harbour Lights",
        lines: &["Harbour", "Lights"],
        tagline: "Somebody always waits up",
        overview: "When the ferry line closes, the keeper of a harbour light begins to answer the letters that sailors have been leaving in his boathouse for forty years.",
        year: 2022,
        genres: &["Drama", "Romance"],
        content_rating: "PG",
        rating: 7.6,
        people: ["Oda Lindqvist", "Henrik Sand", "Marta Reyes"],
        seconds: 60,
        kilobits: 1100,
        shape: Shape::Mp4IndexFirst,
        scene: Scene::Harbour,
    },
    Film {
        title: "The Glass Orchard",
        lines: &["THE", "GLASS", "ORCHARD"],
        tagline: "Some harvests ring",
        overview: "Two sisters inherit an orchard where nothing has grown since the war, and a furnace that their grandmother never let go out.",
        year: 2019,
        genres: &["Fantasy", "Family"],
        content_rating: "G",
        rating: 7.2,
        people: ["Wen Halloran", "Iris Mbeki", "Clara Voss"],
        seconds: 60,
        kilobits: 1100,
        shape: Shape::Mp4IndexLast,
        scene: Scene::Orchard,
    },
    Film {
        title: "Paper Moons",
        lines: &["paper", "moons"],
        tagline: "They hang by a thread. So do we.",
        overview: "A stage designer who cannot sleep builds a sky for a theatre that will be torn down in the morning.",
        year: 2021,
        genres: &["Comedy", "Romance"],
        content_rating: "PG",
        rating: 6.9,
        people: ["Jun Castellan", "Ada Fenn", "Oskar Thiel"],
        seconds: 40,
        kilobits: 700,
        shape: Shape::WebM,
        scene: Scene::Moons,
    },
    Film {
        title: "Saltwater Choir",
        lines: &["SALTWATER", "CHOIR"],
        tagline: "The tide keeps time",
        overview: "A village below the dyke rehearses one song for the night on which the sea is expected to come back.",
        year: 2023,
        genres: &["Drama", "Music"],
        content_rating: "12",
        rating: 7.9,
        people: ["Noor Haddad", "Elin Strand", "Pavel Ruiz"],
        scene: Scene::Waves,
        ..SHORT
    },
    Film {
        title: "The Quiet Meridian",
        lines: &["THE QUIET", "MERIDIAN"],
        tagline: "Zero degrees from nowhere",
        overview: "Three surveyors are sent to find out why every clock on one line across the map runs eleven minutes late.",
        year: 2020,
        genres: &["Science Fiction", "Mystery"],
        content_rating: "PG",
        rating: 7.4,
        people: ["Samir Holt", "Leonie Adair", "Bao Tran"],
        scene: Scene::Meridian,
        ..SHORT
    },
    Film {
        title: "Nine Floors Down",
        lines: &["NINE", "FLOORS", "DOWN"],
        tagline: "The lift remembers",
        overview: "A night porter finds a button in the lift that was not there the evening before.",
        year: 2018,
        genres: &["Thriller"],
        content_rating: "16",
        rating: 6.7,
        people: ["Greta Moss", "Anton Weir", "Sofia Lund"],
        scene: Scene::Floors,
        ..SHORT
    },
    Film {
        title: "Copper Valley",
        lines: &["COPPER", "VALLEY"],
        tagline: "The mountain keeps its own accounts",
        overview: "The last bookkeeper of a closed mine discovers that somebody is still being paid for the night shift.",
        year: 2017,
        genres: &["Western", "Mystery"],
        content_rating: "12",
        rating: 7.1,
        people: ["Cal Brannigan", "Rosa Teague", "Emil Hart"],
        scene: Scene::Mountains,
        ..SHORT
    },
    Film {
        title: "A Kite for Tuesday",
        lines: &["A Kite for", "Tuesday"],
        tagline: "Hold on loosely",
        overview: "A grandfather who has lost the names of things teaches a girl to build what he can no longer call by its name.",
        year: 2025,
        genres: &["Family", "Comedy"],
        content_rating: "G",
        rating: 8.3,
        people: ["Mina Okada", "Luis Ferrer", "Ruth Okafor"],
        scene: Scene::Kite,
        ..SHORT
    },
    Film {
        title: "Northbound",
        lines: &["NORTH", "BOUND"],
        tagline: "No return tickets after Abisko",
        overview: "Strangers on a night train agree to tell each other only things that are not true.",
        year: 2023,
        genres: &["Drama"],
        content_rating: "PG",
        rating: 7.0,
        people: ["Signe Aune", "Marek Dvor", "Theo Lamb"],
        scene: Scene::Aurora,
        ..SHORT
    },
    Film {
        title: "The Cartographer’s Daughter",
        lines: &["The", "Cartographer’s", "Daughter"],
        tagline: "He left one island off the map",
        overview: "Among her father’s drawings she finds a coast that no ship has reported, and a harbour that bears her name.",
        year: 2016,
        genres: &["Adventure", "History"],
        content_rating: "PG",
        rating: 7.8,
        people: ["Beatriz Nunes", "Ivo Kessler", "Hana Mori"],
        scene: Scene::Contours,
        ..SHORT
    },
    Film {
        title: "Signal in the Snow",
        lines: &["SIGNAL", "IN THE SNOW"],
        tagline: "It has been answering all along",
        overview: "A relay station on the ice repeats a message that its crew has not sent yet.",
        year: 2022,
        genres: &["Science Fiction", "Thriller"],
        content_rating: "12",
        rating: 7.3,
        people: ["Aksel Roy", "Dilara Kaya", "Peter Quill"],
        scene: Scene::Signal,
        ..SHORT
    },
];

/// What the films have in common that are there to be looked at in a grid.
const SHORT: Film = Film {
    title: "",
    lines: &[],
    tagline: "",
    overview: "",
    year: 0,
    genres: &[],
    content_rating: "",
    rating: 0.0,
    people: [""; 3],
    seconds: 20,
    kilobits: 500,
    shape: Shape::Mkv,
    scene: Scene::Spool,
};

/// The show's title.
pub const SHOW: &str = "The Night Observatory";
/// The show's first year.
pub const SHOW_YEAR: i32 = 2021;
/// What the show is about.
pub const SHOW_OVERVIEW: &str = "Four people keep an old telescope running through the small hours. Nothing ever happens up there, and then it does.";
/// Length of an episode's file in seconds.
pub const EPISODE_SECONDS: u64 = 20;
/// Titles of the episodes: two seasons of three.
pub const EPISODES: [[&str; 3]; 2] = [
    ["First Light", "Dark Adaptation", "The Missing Minute"],
    ["Opposition", "A Cloud Over Arcturus", "Last Contact"],
];

/// Who plays the album.
pub const ARTIST: &str = "The Low Lamps";
/// Who that is.
pub const ARTIST_OVERVIEW: &str = "Two harmoniums, a tape machine and a tide table. They have never played the same room twice, and rarely a dry one.";
/// The album's title.
pub const ALBUM: &str = "Tidal Rooms";
/// The album's year.
pub const ALBUM_YEAR: i32 = 2024;
/// The album's genre.
pub const ALBUM_GENRE: &str = "Ambient";
/// Length of a track's file in seconds.
pub const TRACK_SECONDS: u64 = 12;
/// Titles of the tracks and extensions of their files.
pub const TRACKS: [(&str, &str); 4] = [
    ("Ebb Hall", "flac"),
    ("Lantern Stair", "flac"),
    ("A Window on the Strait", "mp3"),
    ("Slack Water", "mp3"),
];
/// Words of the first track, each line with its second.
pub const LYRICS: [(f64, &str); 9] = [
    (0.0, ""),
    (1.0, "Down in the hall where the water was"),
    (2.5, "Somebody counted the chairs"),
    (4.0, "Salt on the sill and a light on the glass"),
    (5.5, "Nobody walks on the stairs"),
    (7.0, ""),
    (8.0, "Oh, the tide will be back by the morning"),
    (9.5, "Leave all the doors as they are"),
    (11.0, "Oh, the tide"),
];
