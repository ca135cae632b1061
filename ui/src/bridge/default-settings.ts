/** What is so before anybody has chosen; the shell has the same. */
import type { Settings } from './generated/Settings';

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  language: 'system',
  textSize: 'medium',
  contrast: 'system',
  density: 'roomy',
  motion: 'system',
  media: { limitBytes: 1_073_741_824, autoDownloadBytes: 10_485_760 },
  zoom: 100,
  notifications: true,
  notificationContent: 'nameAndText',
  notificationSound: true,
  doNotDisturb: false,
  quietHours: false,
  quietFrom: 22 * 60,
  quietTo: 7 * 60,
  closeToTray: true,
  startAtLogin: false,
  globalShortcut: false,
};
