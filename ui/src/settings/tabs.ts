/** The places in the settings. */
export type SettingsTab =
  'profile' | 'appearance' | 'notifications' | 'storage' | 'space' | 'account' | 'about' | 'diagnostics';
