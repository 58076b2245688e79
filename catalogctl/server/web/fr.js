// What the pages say, in French.

export default {
  'Catalogue': 'Catalogue', 'Runs': 'Exécutions', 'Model': 'Modèle', 'Screens': 'Écrans', 'Close': 'Fermer',
  'Skip to the content': 'Aller au contenu', 'live': 'en direct', 'reconnecting…': 'reconnexion…', 'Show that run': 'Voir cette exécution',
  'This server needs its token': 'Ce serveur demande son jeton', 'Token': 'Jeton', 'Enter': 'Entrer',
  'It was shown when the server started; the command line keeps it beside the store.':
    'Il a été affiché au démarrage du serveur ; la ligne de commande le garde à côté du catalogue.',

  // Runs and costs.
  'run': 'exécution', 'status': 'état', 'kind': 'type', 'queued': 'en file', 'started': 'début', 'duration': 'durée', 'outcome': 'résultat',
  'all': 'tous', 'pending': 'en attente', 'running': 'en cours', 'completed': 'terminé', 'failed': 'échoué', 'cancelled': 'annulé', 'not reached': 'pas atteint',
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
  'Total': 'Total', 'cost': 'coût', 'calls': 'appels', 'tokens in': 'jetons envoyés', 'tokens out': 'jetons reçus',
  'Cost by day': 'Coût par jour', 'Tokens by day': 'Jetons par jour', 'As in the table': 'Comme dans le tableau',
  'No model was asked in this time': 'Aucun modèle n’a été appelé sur cette période',
  'To have a model say what rules cannot know, set these and start the server again:':
    'Pour qu’un modèle dise ce que les règles ignorent, définissez ceci et relancez le serveur :',

  // The catalogue.
  'Extract': 'Extraire', 'Enrich': 'Enrichir', 'Refresh': 'Actualiser', 'Enrich {0}': 'Enrichir {0}', 'starting': 'démarrage', 'extracted': 'extrait',
  'Nothing is known of it yet. Refresh reads it and finds out what it means.':
    'On n’en sait encore rien. « Actualiser » la lit et cherche ce qu’elle signifie.',
  'Nothing is catalogued yet': 'Rien n’est encore catalogué', 'Begin on the command line:': 'Commencez par la ligne de commande :',
  'table': 'table', 'tables': 'tables', 'Tables': 'Tables', 'Role': 'Rôle', 'Rows': 'Lignes', 'Columns': 'Colonnes', 'view': 'vue',
  'fact': 'faits', 'reference': 'référence', 'bridge': 'liaison', 'log': 'journal', 'Filter': 'Filtrer', 'Filter the tables': 'Filtrer les tables',
  'Search': 'Rechercher', 'Nothing found': 'Rien trouvé', 'There is no such table, or no longer.': 'Cette table n’existe pas, ou plus.',
  'better': 'mieux', 'worse': 'moins bien', 'unchanged': 'inchangé',
  'Questions that the data can answer': 'Questions auxquelles les données répondent',
  'Keys': 'Clés', 'declared': 'déclarée', 'inferred': 'déduite', 'primary key': 'clé primaire', 'not null': 'obligatoire',
  'personal data': 'donnée personnelle', 'Also called': 'Autrement dit', 'No description yet': 'Pas encore de description',
  'written by a person': 'écrit par une personne', 'generated': 'généré', 'Edit': 'Modifier', 'Save': 'Enregistrer',
  'Edit the description of {0}': 'Modifier la description de {0}', 'Description of {0}': 'Description de {0}',
  'missing': 'manquant', 'value': 'valeur', 'values': 'valeurs', 'median': 'médiane', 'from a former run': 'd’une exécution précédente',
  'Details': 'Détails', 'Details of {0}': 'Détails de {0}', 'Frequent': 'Fréquents', 'Range': 'Étendue', 'Examples': 'Exemples',
  'Default': 'Par défaut', 'Comment': 'Commentaire', 'Summary': 'Résumé',
};
