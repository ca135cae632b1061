// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWorld, refusal, type FakeBridge } from '../bridge/fake';
import { TYPES, timOn, type Message, type TimClient } from '.';

let world: FakeWorld;
let bridge: FakeBridge;
let tim: TimClient;

const to = { to: 'bob', conversationType: TYPES.CONV_C2C };
const jpeg = (bytes = 3_000_000, name = 'pier.jpg'): File =>
  new File([new Uint8Array(bytes)], name, { type: 'image/jpeg' });
const sent = () => world.log('ann', 'bob').messages.map(({ outgoing }) => outgoing);
const methods = () => bridge.calls.map(({ method }) => method);
const parts = () =>
  bridge.calls.filter(({ method }) => method === 'attachChunk').map(({ request }) => request);

function some(message: Message | undefined): Message {
  if (message === undefined) throw new Error('not ready');
  return message;
}

beforeEach(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  world = new FakeWorld();
  for (const name of ['Ann', 'Bob', 'Cleo']) world.addPerson(name.toLowerCase(), name);
  bridge = world.bridge('ann', { appInfo: { mediaBase: 'media://x/', streamBase: 'http://127.0.0.1:9/s/' } });
  tim = timOn(bridge).create({ SDKAppID: 1 });
  await tim.ready();
  bridge.calls.length = 0;
});

describe('the guide’s samples, as they are', () => {
  /** Runs a sample of the guide; `scope` is what it finds around it. */
  function run(sample: string, scope: Record<string, unknown>): void {
    const around = { tim, TIM: { TYPES }, TYPES, console: { log: vi.fn(), warn: vi.fn() }, ...scope };
    // The samples are the guide's own words, and are run as they stand there.
    new Function(...Object.keys(around), sample)(...Object.values(around));
  }

  const sending = `
    let promise = tim.sendMessage(message);
    promise.then(function(imResponse) { console.log(imResponse); })
      .catch(function(imError) { console.warn('sendMessage error:', imError); });`;
  const picker = (files: File[]): object => ({ getElementById: () => ({ files }) });

  it('r_i1 r_i5 an image by a DOM node', async () => {
    const log = vi.fn();
    run(
      `let message = tim.createImageMessage({
        to: 'user1', conversationType: TIM.TYPES.CONV_C2C,
        payload: { file: document.getElementById('imagePicker'), },
        onProgress: function(event) { console.log('file uploading:', event) }
      });${sending}`.replace('user1', 'bob'),
      { document: picker([jpeg()]), console: { log, warn: vi.fn() } },
    );
    await vi.waitFor(() => expect(sent()).toHaveLength(1));
    expect(sent()[0]?.type).toBe('TIMImageElem');
    await vi.waitFor(() => expect(log).toHaveBeenCalledWith(expect.objectContaining({ code: 0 })));
    expect(log).toHaveBeenCalledWith('file uploading:', 1);
  });

  it('r_i2 r_i3 an image by a paste, with a copy', async () => {
    const field = document.createElement('input');
    field.id = 'testPasteInput';
    document.body.append(field);
    run(
      `document.getElementById('testPasteInput').addEventListener('paste', function(e) {
        let clipboardData = e.clipboardData;
        let file; let fileCopy;
        if (clipboardData && clipboardData.files && clipboardData.files.length > 0) {
          file = clipboardData.files[0];
          fileCopy = file.slice();
        }
        if (typeof file === 'undefined') { console.warn('file is undefined.'); return; }
        let message = tim.createImageMessage({
          to: 'bob', conversationType: TIM.TYPES.CONV_C2C, payload: { file: file },
          onProgress: function(event) { console.log('file uploading:', event) }
        });${sending}
      });`,
      { document },
    );
    const paste = (files: File[]): void => {
      const event = new Event('paste');
      Object.assign(event, { clipboardData: { files } });
      field.dispatchEvent(event);
    };
    paste([]);
    paste([jpeg()]);
    await vi.waitFor(() => expect(sent()).toHaveLength(1));
    field.remove();
  });

  it('r_f1 r_f8 a file by a bare createFileMessage', async () => {
    const { createFileMessage } = tim;
    run(
      `let message = createFileMessage({
        to: 'bob', conversationType: TIM.TYPES.CONV_C2C,
        payload: { file: document.getElementById('filePicker'), },
        onProgress: function(event) { console.log('file uploading:', event) }
      });${sending}`,
      { createFileMessage, document: picker([new File(['# Log'], 'log.md')]) },
    );
    await vi.waitFor(() => expect(sent()).toHaveLength(1));
    expect(sent()[0]).toMatchObject({
      type: 'TIMFileElem',
      payload: { fileName: 'log.md', downloadFlag: 2 },
    });
  });

  it('r_v2 a video by event.target', async () => {
    run(
      `const message = tim.createVideoMessage({
        to: 'bob', conversationType: TIM.TYPES.CONV_C2C,
        payload: { file: document.getElementById('videoPicker') },
        onProgress: function(event) { console.log('file uploading:', event) }
      });${sending}`,
      { document: picker([new File([new Uint8Array(9)], 'sea.mp4', { type: 'video/mp4' })]) },
    );
    await vi.waitFor(() => expect(sent()).toHaveLength(1));
    expect(sent()[0]?.type).toBe('TIMVideoFileElem');
  });

  it('r_a1 r_f3 what a Mini Program gives is refused at once, in plain words', () => {
    for (const file of [
      { tempFilePaths: ['wxfile://a'], tempFiles: [{ path: 'a', size: 1 }] },
      { tempFilePath: 'wxfile://a', duration: 1000, fileSize: 1 },
    ]) {
      const options = { ...to, payload: { file: file as never } };
      expect(() => tim.createImageMessage(options)).toThrow(/Params validate failed.*Mini Program/u);
      expect(() => tim.createAudioMessage(options)).toThrow(/Mini Program/u);
      expect(() => tim.createVideoMessage(options)).toThrow(/Mini Program/u);
    }
  });
});

describe('what may be given', () => {
  it('r_l4 what is no file at all is refused at once', () => {
    for (const file of [undefined, null, 'a.jpg', 1, {}, [], { files: 'x' }, { id: 'x', kind: 'virus' }])
      expect(() => tim.createFileMessage({ ...to, payload: { file: file as never } })).toThrow(
        'Params validate failed.',
      );
    expect(() => tim.createFileMessage({ ...to, payload: { file: jpeg() }, onProgress: 1 as never })).toThrow(
      'Params validate failed.',
    );
  });

  it('r_f6 an input in which nothing was chosen is 2401 when it is sent', async () => {
    const input = document.createElement('input');
    input.type = 'file';
    const message = some(tim.createFileMessage({ ...to, payload: { file: input } }));
    await expect(tim.sendMessage(message)).rejects.toMatchObject({ code: 2401 });
    expect(message.status).toBe('fail');
  });

  it('r_i6 r_f2 an empty file is 2108, and nothing of it goes out', async () => {
    for (const verb of ['createImageMessage', 'createFileMessage', 'createVideoMessage'] as const) {
      const message = some(tim[verb]({ ...to, payload: { file: new File([], 'nothing.jpg') } }));
      await expect(tim.sendMessage(message)).rejects.toMatchObject({ code: 2108 });
    }
    expect(methods()).not.toContain('attachBegin');
    expect(sent()).toEqual([]);
  });

  it.each([
    ['r_i6 an image', 'createImageMessage', 20_971_520, 2253],
    ['r_v6 a video', 'createVideoMessage', 104_857_601, 2351],
    ['r_f2 a file', 'createFileMessage', 104_857_601, 2402],
    ['r_a4 a voice message', 'createAudioMessage', 20_971_521, 2301],
  ] as const)('%s over its size is refused before a byte crosses', async (_what, verb, size, code) => {
    const file = jpeg(1);
    Object.defineProperty(file, 'size', { value: size });
    const message = some(tim[verb]({ ...to, payload: { file } }));
    await expect(tim.sendMessage(message)).rejects.toMatchObject({ code });
    expect(parts()).toEqual([]);
  });

  it('r_i6 r_v6 what is of another kind is 2252 and 2352', async () => {
    const text = bridge.attach({ name: 'notes.txt' });
    const image = some(tim.createImageMessage({ ...to, payload: { file: text } }));
    await expect(tim.sendMessage(image)).rejects.toMatchObject({ code: 2252 });
    const video = some(tim.createVideoMessage({ ...to, payload: { file: text } }));
    await expect(tim.sendMessage(video)).rejects.toMatchObject({ code: 2352 });
  });

  it('a draft that cannot be sent says its own code', async () => {
    const broken = bridge.attach({ name: 'a.png', error: refusal(120024, 'bad_request') });
    const message = some(tim.createImageMessage({ ...to, payload: { file: broken } }));
    await expect(tim.sendMessage(message)).rejects.toMatchObject({ code: 120024 });
  });
});

describe('on the way', () => {
  it('r_i3 a file crosses in parts of one MiB, as bytes and in order', async () => {
    const message = some(tim.createImageMessage({ ...to, payload: { file: jpeg(2_500_000) } }));
    await tim.sendMessage(message);
    const id = expect.any(String) as string;
    expect(parts()).toEqual([
      { id, offset: 0 },
      { id, offset: 1_048_576 },
      { id, offset: 2_097_152 },
    ]);
    expect(methods()).toEqual(expect.arrayContaining(['attachBegin', 'attachFinish', 'sendMessage']));
  });

  it('r_i4 several go out in the order in which they were sent', async () => {
    const names = ['a.jpg', 'b.jpg', 'c.jpg'];
    await Promise.all(
      names.map((name, index) =>
        tim.sendMessage(
          some(tim.createImageMessage({ ...to, payload: { file: jpeg(1_000_000 * (3 - index), name) } })),
        ),
      ),
    );
    expect(sent().map(({ payload }) => (payload as { fileName: string }).fileName)).toEqual(names);
  });

  it('r_i5 r_f4 r_v5 progress only grows, ends with 1, and one listener that throws harms nothing', async () => {
    bridge.uploadTime = null;
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const heard: number[] = [];
    const onProgress = (progress: number): void => {
      heard.push(progress);
      throw new Error('no');
    };
    const draft = bridge.attach({ name: 'a.pdf', size: 1000 });
    const message = some(tim.createFileMessage({ ...to, payload: { file: draft }, onProgress }));
    const promise = tim.sendMessage(message);
    await vi.waitFor(() => expect(heard).toEqual([0]));
    for (const part of [0.25, 0.5, 0.4, 0.75, 1]) bridge.uploaded(message.clientID, part);
    await promise;
    expect(heard).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  it('r_c6 the instance is there at once, with what is known of the file', () => {
    const draft = bridge.attach({ name: 'pier.jpg', width: 4000, height: 3000, size: 1234 });
    const message = some(tim.createImageMessage({ ...to, payload: { file: draft, caption: 'The pier' } }));
    const url = `media://x/draft/${draft.id}`;
    expect(message).toMatchObject({
      status: 'unSend',
      type: 'TIMImageElem',
      payload: {
        imageInfoArray: [1, 2, 3].map((sizeType) => ({ sizeType, width: 4000, height: 3000, url })),
        caption: 'The pier',
      },
    });
  });

  it('what looked like a picture and could not be decoded is the file that was sent', async () => {
    const draft = bridge.attach({ name: 'pier.jpg', width: 4000, height: 3000, size: 1234 });
    const message = some(tim.createImageMessage({ ...to, payload: { file: draft } }));
    bridge.attach({ ...draft, kind: 'file' });
    await tim.sendMessage(message);
    expect(message).toMatchObject({ type: 'TIMFileElem', payload: { fileName: 'pier.jpg' } });
  });

  it('one that is thrown away while it is read never goes out', async () => {
    const message = some(tim.createFileMessage({ ...to, payload: { file: jpeg(5_000_000) } }));
    const promise = tim.sendMessage(message);
    await tim.tidings.discardMessage(message);
    await expect(promise).rejects.toMatchObject({ code: 2100 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sent()).toEqual([]);
  });

  it('r_v3 r_v7 a video that waits for a poster is told when there is none, also when nothing shows it any more', async () => {
    const draft = bridge.attach({ name: 'clip.mp4', hasPreview: false, preparing: true, wantsPoster: true });
    const make = document.createElement.bind(document);
    vi.spyOn(document, 'createElement').mockImplementation((name: string) => {
      const element = make(name);
      if (name === 'video') setTimeout(() => element.dispatchEvent(new Event('error')));
      return element;
    });
    bridge.emit({ event: 'attachmentChanged', attachment: draft });
    await vi.waitFor(() => expect(methods()).toEqual(['setAttachmentPoster']));
    expect(bridge.attachments.get(draft.id)).toMatchObject({ wantsPoster: false, hasPreview: false });
    vi.restoreAllMocks();
  });

  it('r_s9 what the engine would not take is sent again with the same file', async () => {
    bridge.refuseNext.set('attachChunk', refusal(120013, 'unavailable'));
    const message = some(tim.createFileMessage({ ...to, payload: { file: jpeg(1000) } }));
    await expect(tim.sendMessage(message)).rejects.toMatchObject({ code: 120013 });
    expect(methods()).toContain('discardAttachment');
    const { ID } = message;
    await tim.resendMessage(message);
    expect(message.ID).toBe(ID);
    expect(sent()).toHaveLength(1);
  });
});

describe('what is made of it', () => {
  const url = (id: unknown): string => `media://x/file/${String(id)}`;
  const stream = (id: unknown): string => `http://127.0.0.1:9/s/${String(id)}`;
  const end = (uuid: unknown): string => String(uuid).slice(-32);

  it('r_i7 r_i8 an image has three sizes with addresses of this computer', async () => {
    const draft = bridge.attach({ name: 'a.jpg', width: 3000, height: 2000 });
    const message = some(tim.createImageMessage({ ...to, payload: { file: draft } }));
    await tim.sendMessage(message);
    const payload = message.payload as { uuid: string; imageInfoArray: Record<string, unknown>[] };
    expect(payload.uuid).toMatch(/^0-ann-[0-9a-f]{32}$/u);
    expect(payload.imageInfoArray.map(({ sizeType }) => sizeType)).toEqual([1, 2, 3]);
    for (const info of payload.imageInfoArray) {
      const address = url(info['instanceID']);
      expect(info).toMatchObject({ url: address, imageUrl: address });
    }
    // Nothing of it crosses the wire.
    expect(JSON.stringify(sent())).not.toMatch(/media:|127\.0\.0\.1/u);
  });

  it('r_v6 a video, r_f6 a file and r_a4 a voice message have TIM’s fields', async () => {
    const of = async (
      verb: 'createVideoMessage' | 'createFileMessage' | 'createAudioMessage',
      name: string,
    ) => {
      const kind = verb === 'createAudioMessage' ? { kind: 'sound' as const } : {};
      const file = bridge.attach({ name, ...kind });
      const message = some(tim[verb]({ ...to, payload: { file } }));
      await tim.sendMessage(message);
      return message.payload as Record<string, unknown>;
    };
    const video = await of('createVideoMessage', 'sea.mp4');
    expect(video).toMatchObject({
      videoFormat: 'mp4',
      videoSecond: 12,
      videoDownloadFlag: 2,
      thumbDownloadFlag: 2,
      videoUrl: stream(end(video['videoUUID'])),
      remoteVideoUrl: stream(end(video['videoUUID'])),
      thumbUrl: url(end(video['thumbUUID'])),
    });
    const file = await of('createFileMessage', 'log.pdf');
    expect(file).toMatchObject({
      fileName: 'log.pdf',
      downloadFlag: 2,
      fileUrl: stream(end(file['uuid'])),
    });
    const voice = await of('createAudioMessage', 'voice.ogg');
    expect(voice).toMatchObject({
      second: 12,
      downloadFlag: 2,
      url: stream(end(voice['uuid'])),
      remoteAudioUrl: stream(end(voice['uuid'])),
    });
  });

  it('an address that somebody else wrote is never kept, whatever it is', async () => {
    const received: Message[] = [];
    tim.on('onMessageReceived', ({ data }) => received.push(...(data as Message[])));
    const evil = 'http://evil.example/track';
    world.tell('bob', 'ann', 'TIMFileElem', { uuid: 'x', fileName: 'a', fileSize: 1, fileUrl: evil });
    world.tell('bob', 'ann', 'TIMImageElem', {
      uuid: '../x',
      imageInfoArray: [{ url: evil, imageUrl: evil }],
    });
    world.tell('bob', 'ann', 'TIMVideoFileElem', { videoUrl: evil, remoteVideoUrl: evil, thumbUrl: evil });
    world.tell('bob', 'ann', 'TIMSoundElem', { url: evil, remoteAudioUrl: evil });
    for (const payload of [null, 'x', [], { imageInfoArray: 'x' }, { imageInfoArray: [null, 1, 'x', {}] }])
      world.tell('bob', 'ann', 'TIMImageElem', payload);
    expect(received).toHaveLength(9);
    expect(JSON.stringify(received.map(({ payload }) => payload))).not.toContain('evil');
  });

  it('a forwarded picture goes as it came, without addresses and without its file', async () => {
    const draft = bridge.attach({ name: 'a.jpg' });
    const message = some(tim.createImageMessage({ ...to, payload: { file: draft } }));
    await tim.sendMessage(message);
    const copy = some(tim.createForwardMessage({ ...to, to: 'cleo', payload: message }));
    await tim.sendMessage(copy);
    const [there] = world.log('ann', 'cleo').messages;
    expect(there?.outgoing.attachment).toBeUndefined();
    expect(there?.outgoing.payload).toEqual(sent()[0]?.payload);
    expect(JSON.stringify(there)).not.toMatch(/media:|127\.0\.0\.1/u);
  });
});
