"""Words that carry no topic."""

ENGLISH = frozenset(
    """a about above across actually after again against all almost along already also although always am
    among an and another any are around as at be became because become becomes been before being below
    between both but by can cannot could despite did do does doing done down due during each either else
    even ever every few first following for from further get gets give given gives got had has have having
    he hence her here hers him his how however i if in indeed instead into is it its itself just keep kind
    known last least less let like made mainly make makes many may me might more moreover most much must my
    namely nearly need neither never nevertheless new no nor not now of off often on once one ones only onto
    or other others otherwise our ours out over own per perhaps quite rather really regarding same say says
    second see seem seems several shall she should since so some such take taken takes than that the their
    theirs them themselves then there thereby therefore these they thing things third this those though three
    through throughout thus to together too toward towards two under until unless unlike up upon us use used
    uses using usually various versus very via vs want was way ways we well were what whatever when where
    whereas whether which while who whole whom whose why will with within without would yes yet you your
    yours please tell many""".split()
)

ASKING = frozenset(
    """work works working worked do mean means meant meaning call calls called about idea ideas happen happens happened
    use uses used using exactly actually really basically essentially simply precisely anyway explain explained
    explains describe describes define defined definition thing things stuff matter matters point purpose actual
    function functions concept detail details practice briefly""".split()
)
"""Words that questions are made of: a paper that lacks them is no less about what was asked."""

ACADEMIC = frozenset(
    """ability able academic achieve achieves achieved achieving across addition additional additionally
    address addresses addressing advance advances advantage aim aims allow allowing allows analyse analysis
    analyze approach approaches argue art aspect aspects author authors available average based baseline
    baselines best better broad capabilities capability case cases challenge challenges challenging
    combine combines common commonly compare compared comparable comparison competitive complex
    comprehensive comprehensively conduct conducted consistent consistently contain contains contribute
    contribution contributions crucial current currently date demonstrate demonstrated demonstrates design
    designed details develop developed developing development different difficult digest directly discuss
    discussed   drop drops easily effective effectively effectiveness effects efficiently
    emerging employ employs empirical enable enables enabling end enhance enhanced enhances enhancing
    ensure ensures entire especially essential establish etc evaluate evaluated evaluates evidence exceed
    exceeds exhibit exhibits exist existing experiment experimental experiments explore explores exploring
    extensive extensively fail fails field fields figure final finally find finding findings finds five focus
    focuses focusing form four framework frameworks fully fundamental gain gains general generalize github
    goal good great growing help helps high higher highlight highlights highly hundred idea impact implement
    important importantly improve improved improvement improvements improves improving include includes
    including increase increased increases increasing increasingly inherent insight insights introduce
    introduced introduces introducing investigate investigated issue issues key lack large largely latest
    lead leading leads level leverage leveraged leverages leveraging limit limitation limitations limited
    limits  low lower main major mean method methods million model models named  necessary
    nontrivial notable notably novel number numbers numerous obtain obtained offer offers open  original
    outperform outperforming outperforms overall paper papers particular particularly percent perform
    performance performances performing performs  points popular pose poses possible potential
    potentially powerful practical practice present presented presenting presents previous previously
    primarily primary prior problem problems produce produces progress project prominent promising prone
    propose proposed proposes provide provided provides providing publicly rapid rapidly real recent recently
    reduce reduced reduces reducing related relevant reliable remain remaining remains remarkable report
    reported reports require required requires requiring research researchers result resulting results
    reveal reveals review rich robustly  scenario scenarios seen series serve serves set  setting
    settings show showed showing shown shows significant significantly similar simple simply single
    solution solutions solve solves solving source specific specifically  state-of-the-art
    step steps still strategy strategies strong study studies studied substantial substantially success
    successful successfully suffer suffers suggest suggests superior  supports survey surveys system
    systems tackle  targets task tasks technique techniques test tested tests thousand time today
    total trained traditional train trains try type types typical typically understand understood unified
    unlike url utilize utilizes utilizing valuable  variety varying vast verify wide widely widespread
    work works world years yield yields real-world large-scale high-quality fine-grained end-to-end
    open-source well-known so-called cutting-edge real-time out-of-the-box state-of-the-arts promising data
    investigating investigate assess assesses assessing evaluating identify identifying rethinking revealing
    dominates dominate dominant limiting attempt attempts answers answer exploiting exploit unleashing
    understanding decompose gap gaps words capture captures manual asset examine examining analyzing
    analysing comparing toward acquire acquiring acquires make making holistic perspective fully interesting
    optimize optimizes optimizing optimal generate generates generating predict predicts predicting learn learns
    enhancement additive constant leverage
    harnessing bridging benchmark benchmarks benchmarking evaluation
    evaluations overview tutorial introduction comprehensive systematic empirical beats imagine unifies relies rely
    aims draws builds build runs
    taking brings writes write
    represents adds add costs cost alone extra boosts unlock unlocks unlocking depends depend unify
    unifying ensuring handles handle revisiting beyond via meets
    datasets dataset big ground truth unlike exist url http https www com pdf arxiv et al i.e e.g etc section
    figure table appendix supplementary preprint""".split()
)
"""Words of scientific prose that say nothing about a paper's subject."""

NOUNS = frozenset(
    """objective perspective narrative metric topic music traffic logic robotic arithmetic heuristic critic agent
    content environment alignment assessment adjustment judgment intent component gradient agreement segment
    improvement movement document argument experiment sentiment treatment development patient client material
    potential trial tutorial dialogue summary library vocabulary adversary boundary speed feed embed seed need
    variable table deployment placement enhancement measurement management engagement refinement reinforcement
    manual visual individual retrieval signal statement investment government equipment replacement token moment
    coefficient ingredient quotient talent""".split()
)
"""Nouns that end like adjectives."""

GENERIC = frozenset(
    " ".join(phrase.split())
    for phrase in """llm, llms, ai, rl, nlp, language, language model, large language, large language model, artificial
    intelligence, natural language, deep learning, machine learning, neural network, deep neural network, computer
    vision, reasoning, training, learning, understanding, generation, optimization, prediction, representation,
    evaluation, communication, information, large-scale, natural language processing, computational cost, user,
    human, environment, behavior, knowledge, experience, attention, foundation model, pre-trained model,
    pre-trained language model, pretrained model, vision, image, text, video, language processing, training data,
    test time, inference time, model training, model performance, downstream task, generative model, free lunch,
    execution, function, condition, observations, intelligence""".split(",")
)
"""Phrases too wide to be the heading of anything."""
