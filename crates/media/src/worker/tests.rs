use super::*;
use crate::{picture, samples, samples::Sample};

#[test]
fn in_process_a_pool_does_what_the_functions_do() {
    let sample = Sample::of(&samples::jpeg(1600, 1200));
    let pool = Pool::in_process(1);
    let probed = pool.probe(&sample.path).unwrap();
    assert_eq!(probed, sample.probed);
    let picture = pool.prepare(&sample.path, &probed).unwrap();
    assert_eq!(
        picture,
        picture::prepare(&sample.path, &probed, &Limits::default()).unwrap()
    );
    assert_eq!(pool.thumbnail(&sample.path, &probed).unwrap().large, None);
    assert_eq!(pool.first_preview(&sample.path).unwrap(), None);
    let stripped = pool.strip(&sample.path, &probed, &sample.out()).unwrap();
    assert_eq!((stripped.width, stripped.reencoded), (1600, false));
    assert!(matches!(
        pool.probe(&sample.path.with_file_name("gone")),
        Err(MediaError::Io(_))
    ));
}

#[test]
fn frames_say_the_same_at_the_other_end() {
    let sample = Sample::of(&samples::png(300, 200));
    let mut asked = Vec::new();
    let job = Job::Prepare {
        path: sample.path.clone(),
        probed: (&sample.probed).into(),
    };
    frames::write(&mut asked, &job, &[]).unwrap();
    let mut answered = Vec::new();
    let (job, _) = frames::read::<Job>(&mut asked.as_slice()).unwrap().unwrap();
    let (answer, bytes) = jobs::answer(job, &Limits::default());
    frames::write(&mut answered, &answer, &bytes).unwrap();
    let mut answered = answered.as_slice();
    let (answer, length) = frames::read(&mut answered).unwrap().unwrap();
    let Answer::Picture(told) = answer else {
        panic!("no picture");
    };
    let bytes = frames::body(&mut answered, length).unwrap();
    let picture = told.picture(bytes).unwrap();
    assert_eq!(
        picture,
        picture::prepare(&sample.path, &sample.probed, &Limits::default()).unwrap()
    );
    assert!(frames::read::<Job>(&mut [255; 8].as_slice()).is_err());
    assert!(frames::read::<Job>(&mut [].as_slice()).unwrap().is_none());
}
