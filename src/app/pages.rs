//! The pages, launched once and shown again, in the frame.

use relm4::prelude::*;
use spool_engine::model::ItemId;

use super::{App, AppInput, menus};
use crate::desktop::network::NetworkWatch;
use crate::services::Services;
use crate::ui::page::accounts::{
    DemoDialog, JellyfinLogin, LocalFolder, PlexLogin, SourcesDialog, UserSwitch,
};
use crate::ui::page::{
    CollectionsPage, DetailsInput, DetailsPage, HomePage, LibraryPage, ListInput, ListPage, Listed,
    PlayerPage, SearchPage, WelcomePage, welcome,
};
use crate::ui::shell::{Shell, Sidebar};

/// All pages and dialogs that are alive.
pub(super) struct Pages {
    pub(super) services: Services,
    pub(super) shell: Shell,
    pub(super) sidebar: Controller<Sidebar>,
    pub(super) welcome: Controller<WelcomePage>,
    pub(super) home: Controller<HomePage>,
    pub(super) library: Controller<LibraryPage>,
    pub(super) collections: Controller<CollectionsPage>,
    pub(super) search: Controller<SearchPage>,
    /// One for each depth that was reached, so that a title can lie above another; used again and again.
    pub(super) titles: Vec<Controller<DetailsPage>>,
    /// The same of lists.
    pub(super) lists: Vec<Controller<ListPage>>,
    pub(super) player: Controller<PlayerPage>,
    pub(super) login: Controller<JellyfinLogin>,
    pub(super) plex: Controller<PlexLogin>,
    pub(super) users: Controller<UserSwitch>,
    pub(super) folder: Controller<LocalFolder>,
    pub(super) demo: Controller<DemoDialog>,
    pub(super) sources: Controller<SourcesDialog>,
    input: relm4::Sender<AppInput>,
    _network: NetworkWatch,
}

impl Pages {
    /// Launches every page but the titles'.
    pub(super) fn launch(
        services: Services,
        window: &adw::ApplicationWindow,
        sender: &ComponentSender<App>,
    ) -> Self {
        let input = sender.input_sender();
        let menus = (services.clone(), menus::main(), menus::add());
        let sidebar = Sidebar::builder()
            .launch(menus)
            .forward(input, AppInput::Sidebar);
        let shell = Shell::new(sidebar.widget());
        shell.adapt(window);
        let left = input.clone();
        shell
            .content()
            .connect_popped(move |_, _| left.emit(AppInput::PageLeft));
        let home: Controller<HomePage> = launched(&services, input, AppInput::Home);
        let library: Controller<LibraryPage> = launched(&services, input, AppInput::Library);
        let search: Controller<SearchPage> = launched(&services, input, AppInput::Search);
        let collections: Controller<CollectionsPage> =
            launched(&services, input, AppInput::Collections);
        let roots = [
            home.widget(),
            library.widget(),
            collections.widget(),
            search.widget(),
        ];
        for page in roots {
            let retry = input.clone();
            shell.adopt(page, move || retry.emit(AppInput::Retry));
        }
        Self {
            sidebar,
            shell,
            home,
            library,
            collections,
            search,
            welcome: WelcomePage::builder()
                .launch((services.clone(), welcome::usual_folders()))
                .forward(input, AppInput::Welcome),
            player: launched(&services, input, AppInput::Player),
            login: launched(&services, input, AppInput::Source),
            plex: launched(&services, input, AppInput::Source),
            users: launched(&services, input, AppInput::Users),
            folder: launched(&services, input, AppInput::Source),
            demo: launched(&services, input, AppInput::Source),
            sources: launched(&services, input, AppInput::Sources),
            titles: Vec::new(),
            lists: Vec::new(),
            input: input.clone(),
            _network: follow_network(&services, input),
            services,
        }
    }

    /// Asks every source what is new, in the background: the pages follow the library by themselves.
    pub(super) fn refresh_all(&self) {
        let engine = self.services.engine.clone();
        relm4::spawn(async move {
            engine.accounts.check(None).await;
            for synced in engine.library.sync(None).await {
                if let Err(error) = synced.result {
                    tracing::info!(account = %synced.account, %error, "not refreshed");
                }
            }
        });
    }

    /// The page of a title at this depth, showing it.
    pub(super) fn title_page(&mut self, depth: usize, item: ItemId) -> adw::NavigationPage {
        while self.titles.len() <= depth {
            let page = DetailsPage::builder()
                .launch(self.services.clone())
                .forward(&self.input, AppInput::Details);
            let retry = self.input.clone();
            self.shell
                .adopt(page.widget(), move || retry.emit(AppInput::Retry));
            self.titles.push(page);
        }
        self.titles[depth].emit(DetailsInput::Show(item));
        self.titles[depth].widget().clone()
    }

    /// The page of a list at this depth, showing it.
    pub(super) fn list_page(&mut self, depth: usize, listed: Listed) -> adw::NavigationPage {
        while self.lists.len() <= depth {
            let page: Controller<ListPage> = launched(&self.services, &self.input, AppInput::List);
            let retry = self.input.clone();
            self.shell
                .adopt(page.widget(), move || retry.emit(AppInput::Retry));
            self.lists.push(page);
        }
        self.lists[depth].emit(ListInput::Show(Box::new(listed)));
        self.lists[depth].widget().clone()
    }
}

/// A page or dialog that was given the engine, whose outputs the app hears.
fn launched<C>(
    services: &Services,
    input: &relm4::Sender<AppInput>,
    hear: fn(C::Output) -> AppInput,
) -> Controller<C>
where
    C: Component<Init = Services>,
    C::Root: AsRef<gtk::Widget>,
{
    C::builder().launch(services.clone()).forward(input, hear)
}

/// Tells the accounts and the window what the system says of the network.
fn follow_network(services: &Services, input: &relm4::Sender<AppInput>) -> NetworkWatch {
    let input = input.clone();
    NetworkWatch::start(&services.engine, move |available| {
        input.emit(AppInput::Network(available));
    })
}
