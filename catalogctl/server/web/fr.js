// What the pages say, in French.

export default {
  'Catalogue': 'Catalogue', 'Runs': 'Exécutions', 'Model': 'Modèle', 'Screens': 'Écrans', 'Close': 'Fermer',
  'Skip to the content': 'Aller au contenu', 'live': 'en direct', 'reconnecting…': 'reconnexion…', 'Show that run': 'Voir cette exécution',
  'This server needs its token': 'Ce serveur demande son jeton', 'Token': 'Jeton', 'Enter': 'Entrer',
  'It was shown when the server started; the command line keeps it beside the store.':
    'Il a été affiché au démarrage du serveur ; la ligne de commande le garde à côté du catalogue.',

  // Runs and costs.
  'run': 'exécution', 'status': 'état', 'kind': 'type', 'started': 'début', 'duration': 'durée', 'outcome': 'résultat', 'all': 'tous',
  'pending': 'en attente', 'running': 'en cours', 'completed': 'terminé', 'failed': 'échoué', 'cancelled': 'annulé',
  'enrichment': 'enrichissement', 'refresh': 'actualisation', 'Newest': 'Plus récentes', 'Older': 'Plus anciennes',
  'There is no such run': 'Aucune exécution ne correspond', 'Nothing has run yet': 'Rien n’a encore été exécuté',
  'column': 'colonne', 'columns': 'colonnes', 'row': 'ligne', 'rows': 'lignes', 'synonym': 'synonyme', 'synonyms': 'synonymes',
  'key figure': 'indicateur', 'key figures': 'indicateurs', 'token': 'jeton', 'tokens': 'jetons',
  'Read metadata': 'Métadonnées', 'Profile tables': 'Profils', 'Save to catalogue': 'Enregistrement', 'Choose tables': 'Choix',
  'Fetch tables': 'Lecture', 'Describe': 'Description', 'Save descriptions': 'Enregistrement', 'Key figures': 'Indicateurs',
  'Run {0}': 'Exécution {0}', 'Flow': 'Déroulement', 'Log': 'Journal', 'batch {0}': 'lot {0}', '{0} of {1}': '{0} sur {1}',
  'step {0} of {1}': 'étape {0} sur {1}', 'attempt {0}': 'essai {0}', 'warning': 'avertissement', 'warnings': 'avertissements',
  'Cancel': 'Annuler', 'Retry': 'Réessayer', 'Run {0} is cancelled.': 'L’exécution {0} est annulée.',
  'Run {0} is tried again.': 'L’exécution {0} est relancée.',
  'No live worker is on it. Start one: catalogctl worker': 'Aucun processus n’y travaille. Lancez-en un : catalogctl worker',
  'Try again': 'Réessayer', 'Asking it…': 'Question posée…', 'Models': 'Modèles', 'Costs': 'Coûts', '{0} days': '{0} jours',
  'cost': 'coût', 'calls': 'appels', 'tokens in': 'jetons envoyés', 'tokens out': 'jetons reçus',
  'Cost by day': 'Coût par jour', 'Tokens by day': 'Jetons par jour', 'As in the table': 'Comme dans le tableau',
  'No model was asked in this time': 'Aucun modèle n’a été appelé sur cette période',
  'To have a model say what rules cannot know, set these and start the server again:':
    'Pour qu’un modèle dise ce que les règles ignorent, définissez ceci et relancez le serveur :',
};
