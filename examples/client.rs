//! A Rust program that uses the client in a wasm of its own: it starts a browser, counts what is live, and releases
//! what it has started.
//!
//! ```sh
//! TIDEWATCH_API_KEY=… cargo build --target wasm32-unknown-unknown --features client --example client
//! ```

#[cfg(target_arch = "wasm32")]
mod program {
    use std::collections::BTreeMap;

    use tidewatch::client::{
        ApiKey, BaseUrl, Client, CreateOptions, Error, FetchTransport, ListFilter, OnDisconnect, Sessions, Settings,
    };
    use tidewatch::session::{Millis, SessionId, Status};
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = console)]
        fn log(text: &str);
    }

    pub async fn run() {
        let base_url = BaseUrl::parse("http://127.0.0.1:8787");
        let api_key = ApiKey::parse(option_env!("TIDEWATCH_API_KEY").unwrap_or_default());
        match (base_url, api_key) {
            (Ok(base_url), Ok(api_key)) => {
                let mut settings = Settings::new(base_url, api_key);
                settings.owner = Some("example".to_owned());
                let client = Client::new(settings, FetchTransport::new());
                if let Err(error) = visit(client.sessions()).await {
                    log(&format!("{}: {error}", error.code));
                }
            }
            (Err(wrong), _) => log(&format!("the address {wrong}")),
            (_, Err(wrong)) => log(&format!("TIDEWATCH_API_KEY {wrong}")),
        }
    }

    /// Starts a browser that ends after a minute or when its client disconnects, and releases it.
    async fn visit(sessions: Sessions<'_, FetchTransport>) -> Result<(), Error> {
        let options = CreateOptions {
            timeout: Some(Millis::from_secs(60)),
            on_disconnect: Some(OnDisconnect::Release),
            metadata: BTreeMap::from([("purpose".to_owned(), "example".to_owned())]),
            ..CreateOptions::default()
        };
        let session = sessions.create(&options).await?;
        log(&format!("drive it by {}", session.websocket_url));
        log(&format!("{} sessions of ours are live", count_live(sessions).await?));
        if let Ok(id) = SessionId::parse(&session.id) {
            log(&sessions.release(id).await?.message);
        }
        Ok(())
    }

    async fn count_live(sessions: Sessions<'_, FetchTransport>) -> Result<usize, Error> {
        let owner = Some("example".to_owned());
        let mut pages = sessions.pages(ListFilter { status: Some(Status::Live), owner, ..ListFilter::default() });
        let mut count = 0;
        while let Some(page) = pages.next_page().await? {
            count += page.len();
        }
        Ok(count)
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    wasm_bindgen_futures::spawn_local(program::run());
    #[cfg(not(target_arch = "wasm32"))]
    println!("this program is for wasm32-unknown-unknown: its requests are a platform's `fetch`");
}
