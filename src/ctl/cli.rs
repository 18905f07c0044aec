//! The command line's grammar, and which module does what a command asks.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use spool_engine::model::Fingerprint;

use crate::failure::Failure;
use crate::output::Output;
use crate::play::Moment;
use crate::profile::Profile;
use crate::{accounts, cache, fetch, library, marks, play, texts, versions};

/// Spool without a window.
#[derive(Debug, Parser)]
#[command(name = "spoolctl", version, about, propagate_version = true)]
pub(crate) struct Cli {
    /// Keep everything under this folder instead of the user's own folders.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) profile: Option<PathBuf>,
    /// Write JSON to standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say on standard error what is being done; twice says more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Servers and folders.
    Accounts {
        #[command(subcommand)]
        command: Accounts,
    },
    /// Refresh the library from one account or all.
    Sync {
        /// An account's id, as `accounts list` prints it.
        account: Option<String>,
    },
    /// List titles.
    Ls(Listing),
    /// Show all that is known of one title.
    Show {
        /// An id or a unique title.
        item: String,
    },
    /// Play a title or a file.
    Play(Play),
    /// List a title's files, and choose which one plays and is kept.
    Versions(versions::Versions),
    /// List the subtitles that do not come with a title's bytes, or print one.
    Subtitles(texts::Subtitles),
    /// Print the lyrics of a track.
    Lyrics {
        /// An id or a unique title.
        item: String,
    },
    /// Read a title's bytes through the cache.
    Fetch(fetch::Fetch),
    /// Mark a title watched, or all of a show, season or album.
    Watched(marks::Mark),
    /// Make a title a favourite.
    Favourite(marks::Mark),
    /// Give a title points, from 0 to 10.
    Rate {
        /// An id or a unique title.
        item: String,
        /// How many; without them, they are taken back.
        #[arg(value_parser = clap::value_parser!(u8).range(0..=10))]
        points: Option<u8>,
    },
    /// List what the servers have not heard yet, in the order in which they will.
    Outbox,
    /// Look at and change what is kept on this device.
    Cache {
        #[command(subcommand)]
        command: Cache,
    },
}

impl Command {
    /// Whether it plays or looks into media files, and so needs GStreamer.
    pub(crate) fn needs_player(&self) -> bool {
        matches!(self, Self::Play(_) | Self::Sync { .. } | Self::Show { .. })
            || matches!(
                self,
                Self::Accounts {
                    command: Accounts::Add { .. } | Accounts::Switch { .. }
                }
            )
    }

    /// Does it.
    pub(crate) async fn run(self, profile: &Profile, output: Output) -> Result<(), Failure> {
        match self {
            Self::Accounts { command } => accounts::run(profile, command, output).await,
            Self::Sync { account } => library::sync(profile, account.as_deref(), output).await,
            Self::Ls(listing) => library::ls(profile, listing, output).await,
            Self::Show { item } => library::show(profile, &item, output).await,
            Self::Play(arguments) => play::run(profile, arguments, output).await,
            Self::Versions(arguments) => versions::run(profile, &arguments, output).await,
            Self::Subtitles(arguments) => texts::subtitles(profile, &arguments, output).await,
            Self::Lyrics { item } => texts::lyrics(profile, &item, output).await,
            Self::Fetch(arguments) => fetch::run(profile, arguments, output).await,
            Self::Cache { command } => cache::run(profile, command, output).await,
            Self::Watched(mark) => marks::watched(profile, &mark, output).await,
            Self::Favourite(mark) => marks::favourite(profile, &mark, output).await,
            Self::Rate { item, points } => marks::rate(profile, &item, points, output).await,
            Self::Outbox => marks::outbox(profile, output).await,
        }
    }
}

/// What `ls` lists, and in which order.
#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// Only titles that contain these words.
    pub(crate) query: Option<String>,
    #[command(flatten)]
    pub(crate) only: Only,
    /// Only titles of this genre, in the source's words.
    #[arg(long)]
    pub(crate) genre: Option<String>,
    /// Only titles of these ten years: 1990 for the nineties.
    #[arg(long, value_name = "YEAR")]
    pub(crate) decade: Option<i32>,
    /// Only titles with such a picture.
    #[arg(long)]
    pub(crate) resolution: Option<PictureClass>,
    /// In which order.
    #[arg(long, default_value = "title")]
    pub(crate) sort: Order,
}

/// Filters, of which there is one at a time.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Only {
    /// Only what is on this device, at least in part.
    #[arg(long)]
    pub(crate) on_device: bool,
    /// Only what was not watched to its end.
    #[arg(long)]
    pub(crate) unwatched: bool,
    /// Only what was begun and not finished.
    #[arg(long)]
    pub(crate) in_progress: bool,
    /// Only favourites.
    #[arg(long)]
    pub(crate) favourites: bool,
}

/// Classes of pictures.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PictureClass {
    /// Below 720p.
    Sd,
    /// 720p.
    #[value(name = "720p")]
    Hd,
    /// 1080p.
    #[value(name = "1080p")]
    FullHd,
    /// 4K and finer.
    #[value(name = "4k")]
    Uhd,
}

/// Orders of a list.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Order {
    /// By title.
    Title,
    /// Newest in the library first.
    Added,
    /// Newest release first.
    Year,
    /// Watched last first.
    Watched,
    /// Best rated first.
    Rating,
    /// Shortest first.
    Duration,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Accounts {
    /// Add a source.
    Add {
        #[command(subcommand)]
        source: NewSource,
    },
    /// List sources with their state.
    List,
    /// List the servers that say that they are in this network.
    Discover,
    /// List the users of the Plex home that an account was signed in through.
    Users {
        /// An account's id, as `accounts list` prints it.
        id: String,
    },
    /// Make a Plex account another user's of the same home.
    Switch {
        /// An account's id, as `accounts list` prints it.
        id: String,
        /// The user's name or id, as `accounts users` prints it.
        user: String,
        /// Read the user's PIN from standard input instead of asking.
        #[arg(long)]
        pin_stdin: bool,
    },
    /// Accept a certificate of a server, and no other, in place of the one before.
    Accept {
        /// An account's id, as `accounts list` prints it.
        id: String,
        /// The certificate's SHA-256 fingerprint; without it, what the system's authorities vouch for is accepted again.
        fingerprint: Option<Fingerprint>,
    },
    /// Take for gone what is away of a folder: drives that were in it, with their titles.
    ForgetAway {
        /// An account's id, as `accounts list` prints it.
        id: String,
    },
    /// Sign out of a source, and forget its library and cached bytes.
    Remove {
        /// An account's id, as `accounts list` prints it.
        id: String,
        /// Only sign out: what is kept on this device stays and plays, until somebody signs in again or removes it.
        #[arg(long)]
        keep_titles: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum NewSource {
    /// A folder of this computer.
    Folder {
        /// Its path.
        path: PathBuf,
        /// It lies on a drive in the network: read it through the cache, like a server.
        #[arg(long)]
        network_drive: bool,
    },
    /// A Jellyfin server.
    Jellyfin {
        /// Its address (`nas`, `https://example.org/jellyfin`).
        url: String,
        /// The user's name there.
        #[arg(long, value_name = "NAME", required_unless_present = "quick_connect")]
        user: Option<String>,
        /// Sign in with a code that is typed where one is signed in already, instead of with a password.
        #[arg(long, conflicts_with_all = ["user", "password_stdin"])]
        quick_connect: bool,
        /// Read the password from standard input instead of asking.
        #[arg(long)]
        password_stdin: bool,
        /// Keep the token in a file that only this user can read, rather than in the Secret Service.
        #[arg(long)]
        token_file: bool,
        #[command(flatten)]
        terms: ServerTerms,
    },
    /// A Plex server: prints a page to open and a code to type elsewhere, and waits.
    Plex(NewPlex),
}

#[derive(Debug, Args)]
pub(crate) struct ServerTerms {
    /// Accept this one certificate of the server, whoever signed it.
    #[arg(long, value_name = "SHA256")]
    pub(crate) accept_fingerprint: Option<Fingerprint>,
    /// Add the headers of this file ("Name: value", one a line) to every request to the server.
    #[arg(long, value_name = "FILE")]
    pub(crate) header_file: Option<PathBuf>,
    /// Show the server the certificate of this PEM file, which also holds its key.
    #[arg(long, value_name = "FILE")]
    pub(crate) client_certificate: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct NewPlex {
    /// Read a token of plex.tv from standard input instead of waiting for somebody to confirm a code.
    #[arg(long)]
    pub(crate) token_stdin: bool,
    /// Which server, by its name or id, where there are several; once for each that is to be added.
    #[arg(long, value_name = "NAME")]
    pub(crate) server: Vec<String>,
    /// All servers that plex.tv lists for this user, also those that others share.
    #[arg(long, conflicts_with = "server")]
    pub(crate) all_servers: bool,
    /// Which user of the home; otherwise who signs in.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Read the user's PIN from standard input (its next line) instead of asking.
    #[arg(long)]
    pub(crate) pin_stdin: bool,
    /// Keep the token in a file that only this user can read, rather than in the Secret Service.
    #[arg(long)]
    pub(crate) token_file: bool,
    #[command(flatten)]
    pub(crate) terms: ServerTerms,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Sink {
    /// Decode and drop, at real-time pace.
    Fake,
    /// The session's sound output; no picture.
    Auto,
}

#[derive(Debug, Args)]
pub(crate) struct Play {
    /// An id, a unique title, or a media file's path.
    pub(crate) item: String,
    /// Without a window; the only way this program plays.
    #[arg(long, required = true)]
    pub(crate) headless: bool,
    /// Begin here ("90", "1:30", "0:01:30" or "25%"); otherwise where it was left.
    #[arg(long, value_name = "TIME|PERCENT")]
    pub(crate) start: Option<Moment>,
    /// End here; otherwise at the end.
    #[arg(long, value_name = "TIME|PERCENT")]
    pub(crate) stop: Option<Moment>,
    /// At most so many bits a second ("3M", "700k"), converted by the server where the file has more; otherwise the file as it is.
    /// "original" said is the file as it is also where Spool would rather have it converted, for its colours.
    #[arg(long, value_name = "BITS|original")]
    pub(crate) quality: Option<crate::play::Level>,
    /// The subtitle that the server is to draw into the picture of its stream, as `subtitles` lists it.
    #[arg(long, value_name = "TRACK")]
    pub(crate) draw: Option<u32>,
    /// Where picture and sound go.
    #[arg(long, value_enum, default_value = "fake")]
    pub(crate) sink: Sink,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Cache {
    /// List what is here, last used first.
    Ls,
    /// Show how much is used and allowed.
    Usage,
    /// Compare every byte here with the origin's.
    Verify {
        /// An id or a unique title; otherwise everything.
        item: Option<String>,
    },
    /// Remove what is here.
    Clear {
        /// An id or a unique title; otherwise everything.
        item: Option<String>,
    },
    /// Show all that is known of what is here of a title, and why it would go.
    Show {
        /// An id or a unique title.
        item: String,
    },
    /// Keep a title for good, and fetch what is missing of it; of a show, season or album all of it.
    Keep {
        /// An id or a unique title.
        item: String,
        /// Only write it down: Spool fetches it when it runs.
        #[arg(long)]
        later: bool,
    },
    /// List what is fetched for later.
    Jobs,
    /// Let a kept title go like others, and fetch no more of it.
    Unkeep {
        /// An id or a unique title.
        item: String,
    },
    /// Leave what is here of a title alone when room is needed.
    Pin {
        /// An id or a unique title.
        item: String,
    },
    /// Undo a pin.
    Unpin {
        /// An id or a unique title.
        item: String,
    },
    /// Show or set the limit.
    Limit {
        /// "50G", "500M" or bytes, "20%" of the disk, or "auto".
        amount: Option<crate::cache::Amount>,
    },
}
