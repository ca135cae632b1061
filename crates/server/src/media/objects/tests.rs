use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, Response, StatusCode};
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use super::*;

/// What a bucket holds, and what goes wrong in it.
#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Vec<u8>>,
    parts: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    aborted: u32,
    /// Parts from this number on are refused.
    refuses_from: Option<u32>,
}

/// As much of S3 as is asked of it here. What comes must be signed, and be what the signature says.
struct Store {
    addr: SocketAddr,
    bucket: Arc<Mutex<Bucket>>,
}

impl Store {
    async fn opens() -> Self {
        let bucket = Arc::new(Mutex::new(Bucket::default()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&bucket));
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { addr, bucket }
    }

    fn objects(&self) -> Objects {
        Objects::open(&S3 {
            endpoint: format!("http://{}", self.addr),
            bucket: "space".into(),
            region: "us-east-1".into(),
            access_key_id: "id".into(),
            secret_access_key: "key".into(),
            allow_http: true,
        })
        .unwrap()
    }
}

fn said(status: u16, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

fn with(mut response: Response<Body>, headers: &[(&'static str, String)]) -> Response<Body> {
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response
}

async fn answer(State(bucket): State<Arc<Mutex<Bucket>>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let text = |name: &str| {
        let value = head.headers.get(name);
        value.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    };
    let bytes = to_bytes(body, 64 << 20).await.unwrap();
    let sum = text("x-amz-content-sha256");
    let is_right = sum == format!("{:x}", Sha256::digest(&bytes));
    if !text("authorization").starts_with("AWS4-HMAC-SHA256 Credential=id/") || !is_right {
        return said(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>");
    }
    let Some(key) = head.uri.path().strip_prefix("/space/").map(str::to_owned) else {
        return said(404, "<Error><Code>NoSuchBucket</Code></Error>");
    };
    let asked: BTreeMap<&str, &str> = head
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    let mut bucket = bucket.lock();
    let upload = asked.get("uploadId").copied();
    match (head.method, upload) {
        (Method::POST, None) if asked.contains_key("uploads") => {
            bucket.parts.insert(key, BTreeMap::new());
            said(
                200,
                "<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>",
            )
        }
        (Method::PUT, Some(_)) => {
            let number: u32 = asked["partNumber"].parse().unwrap();
            if bucket.refuses_from.is_some_and(|from| number >= from) {
                return said(403, "<Error><Code>AccessDenied</Code></Error>");
            }
            bucket.parts.get_mut(&key).unwrap().insert(number, bytes.to_vec());
            with(said(200, ""), &[("etag", format!("\"{number}\""))])
        }
        (Method::POST, Some(_)) => {
            let parts = bucket.parts.remove(&key).unwrap();
            bucket
                .objects
                .insert(key, parts.into_values().flatten().collect());
            said(
                200,
                "<CompleteMultipartUploadResult><ETag>all</ETag></CompleteMultipartUploadResult>",
            )
        }
        (Method::DELETE, Some(_)) => {
            bucket.parts.remove(&key);
            bucket.aborted += 1;
            said(204, "")
        }
        (Method::PUT, None) => {
            bucket.objects.insert(key, bytes.to_vec());
            with(said(200, ""), &[("etag", "\"whole\"".into())])
        }
        (Method::DELETE, None) => {
            bucket.objects.remove(&key);
            said(204, "")
        }
        (Method::GET, None) => {
            let Some(object) = bucket.objects.get(&key) else {
                return said(404, "<Error><Code>NoSuchKey</Code></Error>");
            };
            let range = text("range");
            let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
            let part = object[first..=last].to_vec();
            let headers = [
                ("content-range", format!("bytes {first}-{last}/{}", object.len())),
                ("content-length", part.len().to_string()),
                ("etag", "\"whole\"".into()),
                ("last-modified", "Mon, 23 Nov 2026 07:00:00 GMT".into()),
            ];
            with(said(206, part), &headers)
        }
        (method, _) => panic!("{method} {key} {asked:?}"),
    }
}

async fn comes_back_and_goes(objects: &Objects) {
    let dir = tempfile::tempdir().unwrap();
    let part = dir.path().join("part");
    for size in [1, limits::OBJECT_PART_BYTES, 2 * limits::OBJECT_PART_BYTES + 5] {
        let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
        std::fs::write(&part, &bytes).unwrap();
        let hash = *blake3::hash(&bytes).as_bytes();
        objects.keep(&part, &hash).await.unwrap();
        objects.keep(&part, &hash).await.unwrap();
        for range in [0..size, size / 2..size, size - 1..size] {
            let read = objects.read(&hash, range.start as u64..range.end as u64).await;
            let read: Vec<Bytes> = read.unwrap().try_collect().await.unwrap();
            assert!(read.concat() == bytes[range]);
        }
        objects.remove(&hash).await.unwrap();
        objects.remove(&hash).await.unwrap();
        let gone = objects.read(&hash, 0..1).await.map(drop).unwrap_err();
        assert_eq!(gone.kind(), io::ErrorKind::NotFound);
    }
    assert!(part.exists());
}

#[tokio::test]
async fn a_blob_of_several_parts_comes_back_and_goes() {
    comes_back_and_goes(&Objects(Arc::new(object_store::memory::InMemory::new()))).await;
}

#[tokio::test]
async fn h30_a_bucket_gets_signed_requests_and_gives_back_what_it_got() {
    let store = Store::opens().await;
    comes_back_and_goes(&store.objects()).await;
    let bucket = store.bucket.lock();
    assert!(bucket.objects.is_empty() && bucket.parts.is_empty());
}

#[tokio::test]
async fn a_part_that_the_bucket_refuses_leaves_nothing_there() {
    let store = Store::opens().await;
    store.bucket.lock().refuses_from = Some(2);
    let dir = tempfile::tempdir().unwrap();
    let part = dir.path().join("part");
    let bytes = vec![7; 2 * limits::OBJECT_PART_BYTES];
    std::fs::write(&part, &bytes).unwrap();
    let hash = *blake3::hash(&bytes).as_bytes();
    assert!(store.objects().keep(&part, &hash).await.is_err());
    let bucket = store.bucket.lock();
    assert!(bucket.objects.is_empty() && bucket.parts.is_empty());
    assert_eq!(bucket.aborted, 1);
}
