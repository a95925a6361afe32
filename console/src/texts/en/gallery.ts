/** The gallery of ready campaigns. */
export const gallery = {
  gallery: {
    blanks: 'What is to be filled in',
    blanksNote: 'What is made is a draft: it is checked, approved by another person and launched like any other.',
    choose: 'Choose …',

    make: 'Make the draft',
    none: {
      budget: 'There is no open budget yet: finance makes one.',
      gateway: 'No gateway is configured: ask your operator.',
      provider: 'No provider is configured: ask your operator.',
      segment: 'There is no segment yet: define a rule or upload a list first.',
    },
    note: 'Campaigns that are ready but for a few blanks.',
    unit: 'unit',
    units: { days: 'days', hours: 'hours', minutes: 'minutes' },
    use: 'Use',
  },
};
