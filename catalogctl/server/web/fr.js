// What the pages say, in French.

export default {
  'Catalogue': 'Catalogue', 'Runs': 'Exécutions', 'Model': 'Modèle', 'Screens': 'Écrans', 'Close': 'Fermer',
  'Skip to the content': 'Aller au contenu', 'live': 'en direct', 'reconnecting…': 'reconnexion…', 'Show that run': 'Voir cette exécution',
  'This server needs its token': 'Ce serveur demande son jeton', 'Token': 'Jeton', 'Enter': 'Entrer',
  'It was shown when the server started; the command line keeps it beside the store.':
    'Il a été affiché au démarrage du serveur ; la ligne de commande le garde à côté du catalogue.',
};
