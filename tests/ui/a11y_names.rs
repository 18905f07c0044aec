//! Names for people who do not see the window: no button is only a picture.

mod page_stage;

use adw::prelude::*;
use page_stage::{PageStage, launch, until, wait, walk, window};
use relm4::prelude::*;
use spool::ui::page::accounts::{
    FolderInput, JellyfinLogin, LocalFolder, LoginInput, PlexInput, PlexLogin, SourcesDialog,
};
use spool::ui::page::{
    CollectionsInput, CollectionsPage, DetailsInput, DetailsPage, HomePage, LibraryInput,
    LibraryPage, ListInput, ListPage, Listed, PlayerPage, SearchPage, WelcomePage,
};
use spool_engine::model::Kind;
use testkit::{Blob, Catalogue, FakeServer, Options};

/// Whether a button says what it does, in text or in its tooltip, which GTK hands to screen readers too.
fn has_words(button: &gtk::Widget) -> bool {
    let tooltip = button.tooltip_text().is_some_and(|text| !text.is_empty());
    let text = walk(button).into_iter().any(|widget| {
        widget
            .downcast_ref::<gtk::Label>()
            .is_some_and(|label| !label.text().is_empty())
    });
    // The button that closes a dialog is libadwaita's own.
    tooltip || text || button.has_css_class("close") || inside_a_window_control(button)
}

/// Buttons that GTK and libadwaita make and name themselves.
fn inside_a_window_control(button: &gtk::Widget) -> bool {
    let mut parent = button.parent();
    while let Some(widget) = parent {
        let name = widget.type_().name();
        if [
            "GtkWindowControls",
            "AdwBackButton",
            "AdwEntryRow",
            "AdwPasswordEntryRow",
            "GtkSpinButton",
        ]
        .contains(&name)
        {
            return true;
        }
        parent = widget.parent();
    }
    false
}

/// Checks what is on the screen.
fn check(place: &str, root: &impl IsA<gtk::Widget>) {
    for widget in walk(root).into_iter().filter(gtk::Widget::is_mapped) {
        let acts = widget.is::<gtk::Button>() || widget.is::<gtk::MenuButton>();
        // The button inside a menu button takes its words from it.
        let inner = widget
            .parent()
            .is_some_and(|parent| parent.is::<gtk::MenuButton>());
        assert!(
            !acts || inner || has_words(&widget),
            "{place}: a {} (style {:?}) has no name",
            widget.type_(),
            widget.css_classes()
        );
    }
}

#[test]
fn every_button_says_what_it_does() {
    let stage =
        PageStage::new(Catalogue::default().and_blob("Film", Blob::pattern(1_000_000, 1), 600));
    let services = &stage.services;

    let welcome = WelcomePage::builder()
        .launch((services.clone(), Vec::new()))
        .detach();
    let shown = window(welcome.widget(), 500, 700);
    check("welcome", &shown);

    let home = launch::<HomePage>(services);
    let shown = window(home.page.widget(), 900, 700);
    until("Home has a card", || page_stage::says(&shown, "Film"));
    check("home", &shown);

    let library = launch::<LibraryPage>(services);
    let shown = window(library.page.widget(), 900, 700);
    library
        .page
        .emit(LibraryInput::Show(stage.library("Films").id));
    until("the library has a card", || {
        page_stage::says(&shown, "Film")
    });
    check("library", &shown);

    let details = launch::<DetailsPage>(services);
    let shown = window(details.page.widget(), 900, 700);
    details
        .page
        .emit(DetailsInput::Show(stage.item(Kind::Movie, "Film").id));
    until("the title's page", || page_stage::says(&shown, "Play"));
    check("details", &shown);

    stage.server.jellyfin().add_list(false, "Reels", &["Film"]);
    wait(services.engine.library.sync(None));
    let lists = wait(services.engine.library.collections()).expect("the lists");
    let collections = launch::<CollectionsPage>(services);
    let shown = window(collections.page.widget(), 900, 700);
    let account = lists[0].id.account().clone();
    collections.page.emit(CollectionsInput::Show(account));
    until("a collection", || page_stage::says(&shown, "Reels"));
    check("collections", &shown);

    let list = launch::<ListPage>(services);
    let shown = window(list.page.widget(), 900, 700);
    let listed = Listed::Collection(lists[0].clone());
    list.page.emit(ListInput::Show(Box::new(listed)));
    until("its title", || page_stage::says(&shown, "Film"));
    check("a list", &shown);

    let search = launch::<SearchPage>(services);
    let shown = window(search.page.widget(), 900, 700);
    check("search", &shown);

    let player = launch::<PlayerPage>(services);
    let shown = window(player.page.widget(), 900, 700);
    check("player", &shown);
}

#[test]
fn every_button_of_the_dialogs_says_what_it_does() {
    let stage = PageStage::new(Catalogue::default().and_blob("Film", Blob::pattern(1000, 1), 60));
    let parent = adw::Window::builder()
        .default_width(800)
        .default_height(700)
        .build();
    parent.set_content(Some(&adw::Bin::new()));
    parent.present();

    let login = launch::<JellyfinLogin>(&stage.services);
    login.page.emit(LoginInput::Begin {
        address: String::new(),
        user: String::new(),
    });
    login.page.widget().present(Some(&parent));
    until("the sign-in", || {
        page_stage::says(login.page.widget(), "Connect")
    });
    check("sign-in", login.page.widget());

    let tv = FakeServer::start(Options::default());
    let address = tv.address().parse().expect("an address");
    stage.services.engine.accounts.set_plex_tv(&address);
    let plex = launch::<PlexLogin>(&stage.services);
    plex.page.emit(PlexInput::Begin);
    plex.page.widget().present(Some(&parent));
    until("the code", || {
        page_stage::button(plex.page.widget(), "Copy Code").is_some()
    });
    check("Plex", plex.page.widget());

    let folder = launch::<LocalFolder>(&stage.services);
    folder.page.emit(FolderInput::Begin);
    folder.page.widget().present(Some(&parent));
    until("the folder's dialog", || {
        page_stage::says(folder.page.widget(), "Add")
    });
    check("folder", folder.page.widget());

    let sources = launch::<SourcesDialog>(&stage.services);
    sources.page.widget().present(Some(&parent));
    until("a source is listed", || {
        page_stage::button(sources.page.widget(), "Sign Out").is_some()
    });
    check("sources", sources.page.widget());
}
