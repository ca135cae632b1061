/** The places in the settings. */
export type SettingsTab = 'profile' | 'appearance' | 'notifications' | 'space' | 'account';
