/** TIM's verbs for making, sending, recalling and deleting messages. */
import type { Bridge } from '../bridge/bridge';
import type { AccountView } from '../bridge/generated/AccountView';
import { wellFormed } from '../bridge/well-formed';
import { TYPES } from './constants';
import { CODE, IMError, type IMResponse } from './errors';
import { Emitter } from './events';
import { TIDINGS_EVENT, type Extension } from './extension';
import { GroupVerbs } from './group-verbs';
import { makeSequence, newClientID, newRandom } from './ids';
import { Message, MessageRegistry } from './message';
import {
  canForward,
  customPayload,
  facePayload,
  mentionsOf,
  requireContent,
  textPayload,
  type CreateOptions,
  type CustomPayload,
  type FacePayload,
  type TextAtPayload,
  type TextPayload,
} from './payloads';
import { sendOptions, type SendOptions } from './send-options';
import { Sending, sendError } from './sending';
import * as validate from './validate';
import type { Answer } from './verbs';

export abstract class MessageVerbs extends GroupVerbs {
  protected readonly emitter = new Emitter();
  protected readonly messages = new MessageRegistry();
  protected readonly sending = new Sending();
  /** What was given to the engine, one after the other. */
  protected handing: Promise<unknown> = Promise.resolve();
  protected account: AccountView | null = null;
  readonly #nextSequence = makeSequence();

  /** What TIM has no word for. */
  abstract readonly tidings: Extension;

  /** R-T1 to R-T4. The instance is there at once, to be drawn (R-C6). */
  createTextMessage(options: CreateOptions<TextPayload>): Message | undefined {
    return this.create('createTextMessage', TYPES.MSG_TEXT, options, textPayload);
  }

  /** R-U1, R-U2. */
  createCustomMessage(options: CreateOptions<CustomPayload>): Message | undefined {
    return this.create('createCustomMessage', TYPES.MSG_CUSTOM, options, customPayload);
  }

  /** R-E1. */
  createFaceMessage(options: CreateOptions<FacePayload>): Message | undefined {
    return this.create('createFaceMessage', TYPES.MSG_FACE, options, facePayload);
  }

  /** A text that mentions members of a group, or `TYPES.MSG_AT_ALL`. */
  createTextAtMessage(options: CreateOptions<TextAtPayload>): Message | undefined {
    if (!this.mayDo('createTextAtMessage')) return undefined;
    const { conversationType, payload } = validate.requireObject(options, 'options');
    if (conversationType !== TYPES.CONV_GROUP) validate.refuse('conversationType must be GROUP');
    return this.create('createTextAtMessage', TYPES.MSG_TEXT, options, textPayload, mentionsOf(payload));
  }

  /** The same content for somebody else; `payload` is the message to forward. */
  createForwardMessage(options: CreateOptions<Message>): Message | undefined {
    if (!this.mayDo('createForwardMessage')) return undefined;
    const { payload: original } = validate.requireObject(options, 'options');
    if (!(original instanceof Message) || !canForward(original))
      validate.refuse('payload must be a message that was sent and can be forwarded');
    return this.create('createForwardMessage', original.type, options, () => ({
      ...(original.payload as object),
    }));
  }

  /** R-S1, R-S8, R-S10: resolves when the server has the message; without a network it waits. */
  sendMessage(message: Message, options?: SendOptions): Answer<{ message: Message }> {
    if (!this.mayDo('sendMessage')) return undefined;
    const told = sendOptions(options);
    // Kept with the message: a resend is told the same.
    if (message instanceof Message) Object.assign(message, told);
    return this.send(message, () => this.#hand(message));
  }

  /** R-S9: the same message again, under the same ID. */
  resendMessage(message: Message): Answer<{ message: Message }> {
    if (!this.mayDo('resendMessage')) return undefined;
    return this.send(message, () => {
      if (this.sending.isUntaken(message)) {
        message.status = 'unSend';
        message.code = 0;
        this.emitter.emit(TIDINGS_EVENT.MESSAGES_CHANGED, [message]);
        return this.#hand(message);
      }
      const { conversationID, clientID } = message;
      return this.bridge.resendMessage({ conversationID, clientID });
    });
  }

  /** R-K1 to R-K6. One that waits or failed leaves the outbox. */
  revokeMessage(message: Message): Answer<{ message: Message }> {
    if (!this.mayDo('revokeMessage')) return undefined;
    if (!(message instanceof Message)) validate.refuse('a Message instance is required');
    if (message.isSystemMessage) validate.refuse('a message of the system cannot be recalled');
    if (message.isRevoked) validate.refuse('the message was recalled already');
    return this.ask(async () => {
      const { conversationID, clientID, seq } = message;
      const { payload } = message;
      if (this.sending.isUntaken(message)) this.sending.drop(message);
      else {
        message.take(await this.bridge.recallMessage({ conversationID, clientID, seq }));
        // One that waited will not be sent.
        this.sending.fail(message, sendError(message));
      }
      message.recall(this.myID());
      this.tidings.recalled.keep(message, payload);
      this.emitter.emit(TIDINGS_EVENT.MESSAGES_CHANGED, [message]);
      return { message };
    });
  }

  /** They leave this user's own view; everybody else keeps them. */
  deleteMessage(messageList: Message[]): Answer<{ messageList: Message[] }> {
    if (!this.mayDo('deleteMessage')) return undefined;
    const list = validate.requireArray(messageList, 'messageList');
    const messages = list.filter((each) => each instanceof Message);
    const [first] = messages;
    if (first === undefined || messages.length < list.length)
      validate.refuse('messageList must have Message instances');
    const { conversationID } = first;
    if (messages.some((each) => each.conversationID !== conversationID))
      validate.refuse('the messages must be of one conversation');
    return this.ask(async () => {
      const known = messages.filter((each) => !this.sending.isUntaken(each));
      if (known.length > 0)
        await this.bridge.deleteMessagesForMe({
          conversationID,
          seqs: known.flatMap(({ seq }) => (seq === null ? [] : [seq])),
          clientIDs: known.flatMap(({ seq, clientID }) => (seq === null ? [clientID] : [])),
        });
      for (const message of messages) {
        this.sending.drop(message);
        message.isDeleted = true;
      }
      this.emitter.emit(TIDINGS_EVENT.MESSAGES_CHANGED, messages);
      return { messageList: messages };
    });
  }

  // Inside

  /** A message that nobody has sent yet, there at once (R-C6). */
  protected create(
    verb: string,
    type: string,
    options: CreateOptions<unknown>,
    check: (payload: unknown) => object,
    mentioned: string[] = [],
  ): Message | undefined {
    if (!this.mayDo(verb) || this.account === null) return undefined;
    const { to, conversationType, priority, payload, cloudCustomData } = validate.requireObject(
      options,
      'options',
    );
    const receiver = validate.requireText(to, 'to');
    const custom = validate.optionalText(cloudCustomData, 'cloudCustomData') ?? '';
    const conversation = validate.requireConversationType(conversationType);
    const checked = check(payload);
    return this.messages.take({
      conversationID: `${conversation}${wellFormed(receiver)}`,
      clientId: newClientID(),
      seq: null,
      from: this.account.profile.userID,
      to: wellFormed(receiver),
      flow: 'out',
      time: Date.now(),
      random: newRandom(),
      clientSequence: this.#nextSequence(),
      type,
      payload: checked,
      priority: validate.priorityOf(priority),
      status: 'unSend',
      code: 0,
      isRead: true,
      isPeerRead: false,
      isRevoked: false,
      isResend: false,
      nick: this.account.profile.nick,
      pushInfo: null,
      cloudCustomData: wellFormed(custom),
      atUserList: mentioned,
      revoker: '',
      isModified: false,
      reactions: [],
      nameCard: '',
      isOnlineOnly: false,
    });
  }

  protected async send(
    message: Message,
    hand: () => ReturnType<Bridge['sendMessage']>,
  ): Promise<IMResponse<{ message: Message }>> {
    if (!(message instanceof Message)) {
      const code = CODE.MESSAGE_INSTANCE_REQUIRED;
      throw new IMError({ code, message: 'a Message instance is required' });
    }
    const settled = this.sending.wait(message);
    // It may be given up before the engine answers, when nobody listens yet.
    settled.catch(() => undefined);
    try {
      requireContent(message);
      const view = await hand();
      // What became of it may have overtaken the answer.
      if (this.sending.isWaiting(message)) {
        message.take(view);
        this.emitter.emit(TIDINGS_EVENT.MESSAGES_CHANGED, [message]);
        this.sending.settle(message);
      }
    } catch (thrown) {
      const error = IMError.from(thrown, { message });
      message.status = 'fail';
      message.code = error.code;
      this.emitter.emit(TIDINGS_EVENT.MESSAGES_CHANGED, [message]);
      this.sending.fail(message, error);
    }
    return settled.then((answer) => {
      this.sent(message);
      return answer;
    });
  }

  /** What has to be done before the engine can have the message; `undefined` when nothing has. */
  protected abstract prepare(message: Message): Promise<void> | undefined;

  /** The server has it. */
  protected abstract sent(message: Message): void;

  /** Gives a message to the engine. */
  #hand(message: Message): ReturnType<Bridge['sendMessage']> {
    let prepared: Promise<void> | undefined;
    try {
      prepared = this.prepare(message);
    } catch (thrown) {
      this.sending.handed(message, false);
      return Promise.reject(thrown as Error);
    }
    if (prepared === undefined) return this.#handNow(message);
    // Meanwhile it is nowhere but here, and may be thrown away.
    this.sending.handed(message, false);
    return prepared.then(() => {
      if (!this.sending.isUntaken(message)) throw sendError(message);
      return this.#handNow(message);
    });
  }

  #handNow(message: Message): ReturnType<Bridge['sendMessage']> {
    // It goes now or never: it has no place in any order, and nobody need see that it failed.
    if (message.isOnlineOnly) return this.bridge.sendMessage({ message: message.toOutgoing() });
    // One after the other: commands run side by side, and the outbox keeps the order in which they come.
    const handed = this.handing.then(async () => {
      let isTaken = false;
      try {
        const view = await this.bridge.sendMessage({ message: message.toOutgoing() });
        isTaken = true;
        return view;
      } finally {
        if (this.account !== null) this.sending.handed(message, isTaken);
      }
    });
    this.handing = handed.catch(() => undefined);
    return handed;
  }
}
