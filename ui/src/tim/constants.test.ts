import { expect, it } from 'vitest';
import { EVENT, TYPES } from './constants';

it('r_m2 events have exactly these values', () => {
  expect(EVENT).toEqual({
    SDK_READY: 'sdkStateReady',
    SDK_NOT_READY: 'sdkStateNotReady',
    SDK_DESTROY: 'sdkDestroy',
    MESSAGE_RECEIVED: 'onMessageReceived',
    MESSAGE_REVOKED: 'onMessageRevoked',
    CONVERSATION_LIST_UPDATED: 'onConversationListUpdated',
    GROUP_LIST_UPDATED: 'onGroupListUpdated',
    GROUP_SYSTEM_NOTICE_RECEIVED: 'receiveGroupSystemNotice',
    PROFILE_UPDATED: 'onProfileUpdated',
    BLACKLIST_UPDATED: 'blacklistUpdated',
    KICKED_OUT: 'kickedOut',
    ERROR: 'error',
    NET_STATE_CHANGE: 'netStateChange',
    MESSAGE_MODIFIED: 'onMessageModified',
    MESSAGE_READ_BY_PEER: 'onMessageReadByPeer',
    MESSAGE_REACTIONS_UPDATED: 'onMessageReactionsUpdated',
    TOTAL_UNREAD_MESSAGE_COUNT_UPDATED: 'onTotalUnreadMessageCountUpdated',
    NOTIFICATION_CLICKED: 'notification_clicked',
  });
});

it('r_m2 types have the values that the wire has', () => {
  expect(TYPES).toMatchObject({
    MSG_TEXT: 'TIMTextElem',
    MSG_IMAGE: 'TIMImageElem',
    MSG_SOUND: 'TIMSoundElem',
    MSG_AUDIO: 'TIMSoundElem',
    MSG_FILE: 'TIMFileElem',
    MSG_FACE: 'TIMFaceElem',
    MSG_VIDEO: 'TIMVideoFileElem',
    MSG_GEO: 'TIMLocationElem',
    MSG_GRP_TIP: 'TIMGroupTipElem',
    MSG_GRP_SYS_NOTICE: 'TIMGroupSystemNoticeElem',
    MSG_CUSTOM: 'TIMCustomElem',
    CONV_C2C: 'C2C',
    CONV_GROUP: 'GROUP',
    CONV_SYSTEM: '@TIM#SYSTEM',
    GRP_PRIVATE: 'Private',
    GRP_AVCHATROOM: 'AVChatRoom',
    GRP_TIP_MBR_PROFILE_UPDATED: 7,
    MSG_REMIND_DISCARD: 'Discard',
    JOIN_STATUS_WAIT_APPROVAL: 'WaitAdminApproval',
  });
});
