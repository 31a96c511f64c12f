"""The names under which networks and channels are known, and the cities of local stations. Data.

Lists of channels say "A&E", the source AETV; lists say "ABC 7 Chicago", the source WLSDT.
"""

import functools
from typing import Dict, FrozenSet, List, Tuple

# By language. Each entry: the names of one channel; also its call signs, without HD and feed.
_BRANDS = {
    "": """
ABC=American Broadcasting Company; CBS=Columbia Broadcasting System; PBS=Public Broadcasting
Service; NBC=National Broadcasting Company; FOX=FOX Broadcasting Company; CW=CWTV=The CW
Television Network; MyNetworkTV=MNT=My Network=MyTV; ION=ION Television; CBC=Canadian Broadcasting
Corporation; Global=Global Television Network; CTV; Citytv=City=City Television; CTV Two=CTV2;
TVO=TVOntario; OMNI=OMNI Television; Yes TV=YesTV; MeTV=Memorable Entertainment Television; MeTV
Plus; MeTV Toons; Antenna TV; Bounce TV; Buzzr; Catchy Comedy=Catchy; Charge!; Comet; COZI TV;
Create TV; Court TV; Crime & Investigation=Crime + Investigation; Dabl; Daystar; Decades; Defy;
getTV=Get; Great; Grit; Heroes & Icons=H&I=HI; Heartland; ION Mystery; ION Plus; Jewelry TV=JTV;
Laff; Localish; LX=NBCLX; MOVIES!; NHK World=NHK World Japan; Nosey; Outlaw; PBS Kids=PBS Kids 24/7;
Positiv; QVC; QVC 2; HSN; HSN2; ShopHQ=Evine=ShopNBC; Quest; Retro TV; Rewind TV; Roar=TBD; Scripps
News=Newsy; Start TV; Stadium; Story Television; The Nest; This TV; True Crime Network=Justice;
TBN=Trinity Broadcasting Network; Twist; World Channel=World; All Arts; FNX=First Nations
Experience; Light TV; Circle; 365BLK; Busted; MovieSphere Gold; A&E=AETV=AE=Arts & Entertainment;
ACC Network=ACCN; AMC=AMCTV; Animal Planet=APL; Adult Swim; American Heroes Channel=AHC; AXS TV=AXS;
BBC America=BBCA; BBC News=BBC World News; BET; BET Her; BET Gospel; BET Jams; BET Soul; Big Ten
Network=BTN=Big 10 Network; Bloomberg=BLOOM=Bloomberg Television=BLMBRG; Boomerang=BOOM;
Bravo=BRVO=BRV; C-SPAN=CSPN; C-SPAN 2=CSPN2; C-SPAN 3=CSPN3; Cartoon Network=TOON=CN; CBS Sports
Network=CBSSN; CBS Sports HQ; CBS News; Chiller; Cinemax=MAX; Cleo TV; CMT=CMTV=Country Music
Television; CMT Music; CNBC; CNBC World; CNN=Cable News Network; CNN International; Comedy
Central=COMEDY=CMDY=COM=CC; Comedy.TV=COMTV; Cooking Channel=COOK; Crime & Investigation
Network=CI=CRIME; Destination America=DEST; Discovery Channel=DSC=DISC; Discovery Family=DFAM=DFC;
Discovery Life=DLC; Discovery Science=Science Channel=SCI=SCIENCE; Motor Trend=MotorTrend=MTREND;
Disney Channel=DISN=DSNY=Disney=DIS=DSN; Disney Junior=DJCH=DSNYJR; Disney XD=DXD=DSNXD; Magnolia
Network=DIY=MAGN=DIY Network; E!=E! Entertainment=ENT=EENT=E Entertainment Television; ESPN;
ESPN2; ESPNU; ESPNews=ESPNWS=ESPNW=ESPNNEWS; ESPN Deportes=ESPND; ESPN Classic=ESPNC; EWTN; FETV;
Fuse; Food Network=FOOD=TVFN; FOX Business Network=FBN=FOX Business; FOX News Channel=FNC=FOX
News; FOX Sports 1=FS1; FOX Sports 2=FS2; FOX Soccer; FOX Soccer Plus=FSP; FOX Deportes=FXDEP; FOX
Weather; Freeform=FREEFRM=FREFM=FREE=ABC Family; FX; FXX; FX Movie Channel=FXM=FX Movies; FYI;
Game Show Network=GSN; Golf Channel=GOLF; Great American Family=GAC=GAF; Hallmark Channel=HALL;
Hallmark Mystery=HMM=Hallmark Movies & Mysteries=HALLMM; Hallmark Drama=HMD=Hallmark Family=HFM;
HGTV=HGTVD=Home & Garden Television; History=HIST=History Channel=HISTORY=HTV; HLN=Headline News;
HBO=Home Box Office; HBO 2; HBO Comedy=HBOC; HBO Family=HBOF=HBOFAM; HBO Latino=HBOL; HBO
Zone=HBOZ; HBO Signature=HBOSIG=HBOS; HDNet Movies=HDNETM; IFC=Independent Film Channel; INSP;
Ovation; Logo; Investigation Discovery=ID=IDISC; Lifetime=LIFE=LIF=Lifetime Television;
LRW=Lifetime Real Women; Lifetime Movie Network=LMN=Lifetime Movies; MASN; MGM+=MGM=EPIX; MLB
Network=MLBN; MSG; MSG Plus; MS NOW=MSNBC=MSNOW=MSN; MTV=MTV: Music Television=Music Television;
MTV2; MTV Classic=MTVC=VH1 Classic; MTV Live=MTVLIVE; MTVU; NBA TV=NBATV; NBC Sports
Network=NBCSN=NBC Sports; NBC News NOW; NewsNation=NWSN=WGN America=WGNAMER; Newsmax=NMAX=Newsmax
TV; NFL Network=NFLNET=NFLN; NFL RedZone=NFLNRZ=NFLNRZD=NFLRZ=RedZone; NHL Network=NHLNET=NHLN;
Nick Jr.=NIKJR=NICKJR=NJR; Nickelodeon=NIK=NICK; Nick Music; NickToons=NIKTON=NTOON;
TeenNick=TNCK=TEENNIC; OAN; Outdoor Channel=OUTD; OWN=Oprah Winfrey Network;
Oxygen=OXGN=OXYGEN=OXY=Oxygen True Crime; Paramount Network=PAR=SPIKE=PARMT; Pop=POP TV=POPTV;
RFD-TV=RFD; SEC Network=SEC=SECN; Showtime=SHO=SHOWTIM=Paramount+ with Showtime; Showtime
2=SHO2=SHOWTIM2; Showtime Extreme=SHOX=Showtime X; Showtime Next=SHONXT; Showtime
Showcase=SHOWCS=SHOCS=SHOCSE; SHOxBET=SHOBET; Smithsonian Channel=SMTSN=SMITH; Sony
Movies=SONYMOV=Sony Movie Channel; Sportsman Channel=SPMN; Starz=STZ=STRZ; Starz Edge=STZE; Starz
Cinema=STZCI; Starz Comedy=STZC; Starz Kids & Family=STZK; Starz Kids; Starz in Black; Starz
Encore=ENCORE=STZENC=STZEN=Encore; Starz Encore Westerns=Encore Westerns=STZENWS=ENCWES; Starz
Encore Action=STZENAC=Encore Action=ENCACT; Starz Encore Black=Encore Black=ENCBLK; Starz Encore
Classic=STZENCL=Encore Classic; Starz Encore Family=Encore Family=ENCFAM; Starz Encore
Suspense=Encore Suspense=ENCSUS; SundanceTV=SUND=Sundance; Syfy=SCIFI=Sci Fi; TBS=TBSC; TCM=Turner
Classic Movies; TLC=The Learning Channel; TMC=The Movie Channel=MOVIE; TMC Xtra=TMCX=The Movie
Channel Xtra; TNT=Turner Network Television; Travel Channel=TRAV; truTV=TRU; TV Land=TVLAND=TVLD;
TV One=TVONE; Tennis Channel=TENNIS=TENN; Tennis Channel 2=T2; UP TV=UPTV=UP; USA
Network=USAN=USA; Universal Kids=SPROUT; Vice=VICELAND=VICETV; VH1; Weather Channel=TWC=WEATH; WE
tv=WE=WETV; Willow; World Fishing Network=WFN; YES Network=YES; MoreMax=MOMAX=Cinemax Hits;
ActionMax=ACTMAX=Cinemax Action; ThrillerMax=THMAX; 5StarMax=5STMAX=Cinemax Classics; OuterMax;
Nat Geo=National Geographic=NGC=National Geographic Channel=NATGEO; Nat Geo
Wild=NGWILD=NGWI=NGW=National Geographic Wild; TV5=TV5MONDE; Zee TV; TSN 1=TSN1; TSN 2; TSN 3; TSN
4; TSN 5; Sportsnet East=SNE; Sportsnet West=SNW; Sportsnet Pacific=SNP; Sportsnet Ontario=SNO;
Sportsnet One=SN1; Sportsnet 360=SN360; Sportsnet World=SNWLD; TSN; Sportsnet; CBC News
Network=CBCNN=CBCNEWS=NN; CTV News Channel=CTVNC=CTVNEWS; BNN Bloomberg=BNN; CP24; CPAC; APTN; CTV
Comedy Channel=CTVCOM=COMDYCA=The Comedy Network=Comedy Network; The Weather Network=Weather
Network=TWN; CTV Sci-Fi Channel=CTVSCI=Space; CTV Drama Channel=CTVDRA; Crave 1;
CTV Life Channel=CTVLIFE; CTV Nature Channel; CTV Wild Channel; CTV Speed Channel; HBO Canada;
Crave 2; W Network=WNET1=WNETCA; YTV; Treehouse TV=TREE; Teletoon=TELN=TELETN;
Showcase=SHOWCA=SHCASE; Slice; MuchMusic=MUCH=Much; DTour=DTOUR; Family Channel=FAMILY; Family Jr;
CHRGD; WildBrainTV; OLN; T+E; DejaView; Lifetime Canada; Food Network Canada; HGTV Canada; Cottage
Life; Makeful; Love Nature; Super Channel Fuse; Super Channel Heart & Home; Hollywood Suite;
Hollywood Suite 70s Movies=Hollywood Suite 70s; Hollywood Suite 80s Movies=Hollywood Suite 80s;
Hollywood Suite 90s Movies=Hollywood Suite 90s; Hollywood Suite 00s Movies=Hollywood Suite 00s;
GameTV; Silver Screen Classics; Game+; Altitude Sports=Altitude; Marquee Sports Network=Marquee;
Spectrum SportsNet LA=SportsNet LA; NFL Channel; MLB Channel; NHL Channel; NBA Channel
""",
    "fr": """
ICI Télé=ICI Radio-Canada Télé=Radio-Canada Télé=Radio-Canada=Société Radio-Canada=SRC=ICI
Radio-Canada; TVA; Noovo=V Télé; Télé-Québec; RDS=Réseau des sports; RDS 2; RDS Info=RDSINF=RDSI;
RDI=ICI RDI; LCN=Le Canal Nouvelles; TVA Sports=TVAS; TVA Sports 2=TVAS2; Canal D=CANALD; Canal
Vie=CANALV; Zeste; Canal Z; Séries+=SERIES=SERIEP; Historia=HISTOR=HISTA; addikTV=ADDIK; Casa;
Prise 2=PRISE2; MOI ET CIE; MétéoMédia=METEO; ICI ARTV=ARTV; ICI Explora=EXPLORA; Unis TV=UNIS;
Vrak; Yoopa; Z; Évasion; AMI-télé; Cinépop; Super Écran 1; Super Écran 2; Télétoon; Télémagino;
Investigation; TFO; Témoin
""",
    "es": """
Univision=UNI=UNV; UniMás=Telefutura=UMAS; Telemundo=TELE=TLMD; Galavisión=GALA=GALAV;
TeleXitos=Exitos; Estrella TV=EstrellaTV; Azteca América=Azteca; Azteca Uno=Azteca 1; América
TeVé=AmericaTeVe; Mega TV; LATV; Univision Deportes; Telemundo Internacional; TUDN=Univision
Deportes Network; Universo=mun2=UNVSO=NBC Universo; Vme; Hogar de HGTV; Discovery en Español=DSE;
CNN en Español=CNNE; Enlace; MundoFox; Tlnovelas; Bandamax; Mexicanal; De Película
""",
}  # fmt: skip

_ELSEWHERE = """
ae al ar at au ba be bg bo br ch cl co cr cy cz de dk do ec eg es fi fr gb gr gt hk hn hr hu id ie
il in it jp kr lt lu lv my ng ni nl no nz pa pe ph pk pl pt py ro rs ru sa se sg si sk sv th tr tw
ua uk uy ve vn za
"""
# The country and the language of lists, by what they write before a name; the other countries by
# which XMLTV ids end, as in HBO2.pl.
COUNTRIES = {
    "US": "US", "USA": "US", "CA": "CA", "CAN": "CA", "QC": "CA", "MX": "MX", "MEX": "MX",
}  # fmt: skip
LANGUAGES = {"FR": "fr", "ES": "es", "MX": "es", "LAT": "es"}
ELSEWHERE = frozenset(_ELSEWHERE.split())

# What the source gives for stations of no network.
NO_NETWORK = ("INDEPENDENT", "CHANNEL NO LONGER AVAILABLE")
# Names of which Canada's channels have their own programmes
OWN_IN_CANADA = (
    "HISTORY", "HGTV", "FOOD NETWORK", "DISCOVERY CHANNEL", "DISCOVERY SCIENCE", "ID",
    "ANIMAL PLANET", "DISNEY CHANNEL", "DISNEY JUNIOR", "DISNEY XD", "CARTOON NETWORK",
    "ADULT SWIM", "BOOMERANG", "NICKELODEON", "MTV", "MTV2", "CMT", "LIFETIME", "FX", "FXX",
    "NAT GEO", "NAT GEO WILD", "OWN", "MAGNOLIA NETWORK", "COOKING CHANNEL", "E!", "BRAVO",
    "USA NETWORK", "OXYGEN", "HBO", "STARZ", "VICE", "COMEDY CENTRAL", "WEATHER CHANNEL", "NBA TV",
    "BET", "CNBC", "PARAMOUNT NETWORK", "CRIME & INVESTIGATION", "CRIME & INVESTIGATION NETWORK",
)  # fmt: skip

# Two letters of the state or province, names of the place, and its call signs.
_MARKETS = """
NY New York/New York City/NYC/NY/New Jersey: WCBS WNBC WNYW WABC WWOR WPIX WNET WLIW WXTV WNJU
WPXN WNYE WFUT WFTY; CA Los Angeles/LA/Southern California/SoCal: KCBS KNBC KTLA KABC KCAL KTTV
KCOP KCET KOCE KMEX KVEA KPXN KFTR KDOC; IL Chicago: WBBM WMAQ WLS WGN WTTW WFLD WPWR WCIU WGBO
WSNS WCPX WXFT WYCC WMEU; PA Philadelphia/Philly: KYW WPVI WCAU WTXF WPHL WHYY WPSG WUVP WWSI WPPX
WFPA; TX Dallas/Fort Worth/Dallas Fort Worth/DFW/Ft Worth: KTVT KXAS KDFW WFAA KDAF KDFI KERA KUVN
KXTX KPXD KSTR KTXA; GA Atlanta: WSB WAGA WXIA WANF WGCL WPBA WATL WUPA WPCH WUVG WGTV WPXA; TX
Houston: KPRC KHOU KTRK KRIV KUHT KIAH KTXH KXLN KTMD KPXB; DC Washington/Washington DC/Washington
D C/DC: WRC WTTG WJLA WUSA WDCA WETA WDCW WFDC WZDC WPXW WHUT; MA Boston/New England: WBZ WCVB
WHDH WBTS WFXT WGBH WLVI WSBK WUNI WNEU WBPX WMFP; CA San Francisco/SF/Bay Area/Oakland/San Jose:
KRON KPIX KGO KNTV KTVU KQED KBCW KICU KDTV KSTS KFSF; AZ Phoenix: KPHO KPNX KNXV KSAZ KTVK KAET
KUTP KASW KTVW KTAZ KPPX KAZT; WA Seattle/Tacoma/Seattle Tacoma: KOMO KING KIRO KCPQ KCTS KSTW
KONG KZJO KUNS KTBW KBTC KFFV; FL Tampa/Tampa Bay/St Petersburg/Saint Petersburg: WFLA WTSP WFTS
WTVT WEDU WTTA WTOG WMOR WVEA WRMD WXPX WUSF; FL Miami/South Florida/Fort Lauderdale/Ft
Lauderdale: WFOR WTVJ WSVN WPLG WLTV WSCV WAMI WBFS WSFL WPBT WPXM WHFT WJAN WLRN; MN
Minneapolis/Twin Cities/St Paul/Saint Paul/Minneapolis St Paul: WCCO KSTP KARE KMSP WFTC WUCW KTCA
KSTC KTCI; CO Denver: KCNC KMGH KUSA KDVR KWGN KRMA KBDI KTVD KCEC KDEN KPXC KTFD; FL
Orlando/Daytona Beach: WESH WFTV WKMG WOFL WRBW WKCF WUCF WVEN WOPX WRDQ WTMO; OH Cleveland: WKYC
WEWS WOIO WJW WVIZ WBNX WUAB WVPX WQHS; CA Sacramento: KCRA KXTV KOVR KTXL KVIE KMAX KQCA KUVS
KCSO KSPX; OR Portland: KATU KOIN KGW KPTV KPDX KOPB KRCW KUNP KPXG; NC Charlotte: WBTV WSOC WCNC
WJZY WCCB WTVI WAXN WMYT; MO St Louis/Saint Louis: KMOV KSDK KTVI KETC KPLR KDNL; PA Pittsburgh:
KDKA WTAE WPXI WPGH WQED WPCW WPNT WINP; IN Indianapolis/Indy: WTHR WRTV WISH WTTV WXIN WFYI WNDY
WIPX; MD Baltimore: WJZ WBAL WMAR WBFF WMPT WNUV WUTB; NC Raleigh/Durham/Raleigh Durham: WRAL WTVD
WNCN WRAZ WUNC WLFL WRDC WRPX; TN Nashville: WSMV WKRN WTVF WZTV WNPT WUXP WNAB WNPX; CA San
Diego: KFMB KGTV KNSD KSWB KPBS KUSI XETV KBNT; UT Salt Lake City/Salt Lake/SLC/Utah: KTVX KSL
KUTV KSTU KUED KJZZ KUCW KUTH KTMW KUPX KBYU; TX San Antonio: WOAI KENS KSAT KABB KLRN KMYS KWEX
KVDA KCWX; MO Kansas City/KC: WDAF KCTV KMBC KSHB KCPT KCWE KMCI KSMO KPXE; CT Hartford/New
Haven/Connecticut: WFSB WVIT WTNH WTIC WEDH WCTX WCCT WUVN; WI Milwaukee: WTMJ WITI WISN WDJT WMVS
WVTV WCGV WPXE; OH Cincinnati/Cincy: WLWT WCPO WKRC WXIX WCET WSTR; NV Las Vegas/Vegas: KSNV KTNV
KLAS KVVU KLVX KVCW KVMY KINC KBLR; TX Austin: KXAN KVUE KEYE KTBC KLRU KNVA KBVO KAKW; OH
Columbus: WCMH WSYX WBNS WTTE WOSU WWHO; FL Jacksonville: WJXT WTLV WJXX WFOX WJAX WJCT WCWJ; KY
Louisville: WAVE WHAS WLKY WDRB WKPC WBNA WBKI; NM Albuquerque/Santa Fe: KOB KOAT KRQE KNME KASA
KWBQ KLUZ KTEL; TN Memphis: WMC WREG WHBQ WATN WKNO WLMT; LA New Orleans/NOLA: WWL WDSU WVUE WGNO
WYES WNOL WUPL; NY Buffalo: WGRZ WKBW WIVB WUTV WNED WNLO WNYO; OK Oklahoma City/OKC: KFOR KWTV
KOCO KOKH KETA KOCB KAUT; VA Norfolk/Hampton Roads/Virginia Beach: WTKR WAVY WVEC WVBT WHRO WGNT
WTVZ; VA Richmond: WTVR WRIC WWBT WRLH WCVE WUPV; RI Providence/Rhode Island: WJAR WPRI WLNE WNAC
WSBE; AL Birmingham: WBRC WVTM WBMA WIAT WBIQ WTTO WABM; CA Fresno: KSEE KFSN KGPE KMPH KVPT KFRE
KFTV; NY Albany/Schenectady: WRGB WTEN WNYT WXXA WMHT WCWN WNYA; NY Rochester: WROC WHAM WHEC WUHF
WXXI WBGT; NY Syracuse: WSTM WSYR WTVH WSYT WCNY WNYS; OK Tulsa: KJRH KOTV KTUL KOKI KOED KQCW
KMYT; TN Knoxville: WBIR WATE WVLT WTNZ WETP WKNX; HI Honolulu/Hawaii: KHON KITV KGMB KHNL KHET
KFVE KIKU; AZ Tucson: KVOA KGUN KOLD KMSB KUAT KTTU KWBA; IA Des Moines: WHO WOI KCCI KDSM KDIN
KCWI; NE Omaha: WOWT KETV KMTV KPTM KUON KXVO; KS Wichita: KSNW KAKE KWCH KSAS KPTS; MI Detroit:
WXYZ WDIV WJBK WWJ WTVS WKBD WMYD WPXD; MI Grand Rapids: WOOD WZZM WWMT WXMI WGVU WOTV; MI
Flint/Saginaw: WEYI WJRT WNEM WSMH WDCQ WBSF; OH Toledo: WTVG WTOL WNWO WUPW WGTE; OH Dayton: WDTN
WHIO WKEF WRGT WPTD; WA Spokane: KREM KXLY KHQ KAYU KSPS KSKN; ID Boise: KTVB KBOI KIVI KNIN KAID;
TX El Paso: KTSM KVIA KDBC KFOX KCOS; AR Little Rock: KARK KATV KTHV KLRT KETS; SC
Greenville/Spartanburg: WYFF WSPA WLOS WHNS; SC Charleston: WCBD WCSC WCIV WTAT; SC Columbia: WIS
WLTX WOLO WACH; NC Greensboro/Winston Salem: WFMY WXII WGHP WXLV; GA Savannah: WTOC WSAV WJCL
WTGS; TN Chattanooga: WRCB WTVC WDEF WDSI; AL Huntsville: WAFF WAAY WHNT WZDX; AL
Mobile/Pensacola: WKRG WALA WPMI WEAR; MS Jackson: WLBT WAPT WJTV WDBD; LA Baton Rouge: WAFB WBRZ
WVLA WGMB; LA Shreveport: KSLA KTBS KTAL KMSS; FL West Palm Beach/Palm Beach: WPTV WPBF WPEC WFLX
WXEL WTVX; FL Fort Myers/Ft Myers: WINK WBBH WZVN WFTX WGCU; WI Green Bay: WBAY WFRV WGBA WLUK
WPNE; WI Madison: WMTV WISC WKOW WMSN WHA; IL Springfield/Champaign: WICS WAND WCIA WICD WILL; IL
Peoria: WEEK WMBD WHOI WTVP; IA Cedar Rapids: KGAN KCRG KWWL KFXA; ME Portland/Maine: WCSH WMTW
WGME WPFO WCBB; VT Burlington/Vermont: WCAX WPTZ WVNY WFFF WETK; NH Manchester/New Hampshire: WMUR
WENH; PA Harrisburg: WGAL WHTM WHP WPMT WITF; PA Scranton/Wilkes Barre: WNEP WBRE WYOU WOLF WVIA;
NV Reno: KRNV KTVN KOLO KRXI KNPB; CA Santa Barbara: KEYT KCOY KSBY KSBW; CA Bakersfield: KGET
KERO KBAK KBFX; CA Palm Springs: KESQ KMIR; MO Springfield: KYTV KOLR KSPR KOZL; SD Sioux Falls:
KELO KSFY KDLT KTTW; NE Lincoln: KOLN KLKN KUON; AK Anchorage/Alaska: KTUU KTBY KYUR KTVA KAKM; MT
Billings: KTVQ KULR KSVI; ON Toronto/GTA: CBLT CFTO CIII CITY CICA CBLFT CFMT CJMT CKXT CHCH; ON
Hamilton: CHCH CITS; ON Ottawa/Gatineau: CBOT CJOH CHRO CBOFT CHOT CFGS CIII CITY; ON Windsor:
CBET CHWI; ON London: CFPL CKVR; ON Barrie: CKVR; ON Kitchener: CKCO; ON Sudbury: CICI; QC
Montreal: CBFT CBMT CFTM CFCF CKMI CIVM CFJP CJNT CKMI; QC Quebec/Quebec City/Ville de Quebec:
CBVT CFCM CKMI CFAP CIVQ; QC Sherbrooke: CHLT CFKS CKSH; QC Trois Rivieres: CHEM CFKM CKTM; BC
Vancouver/BC/British Columbia: CBUT CIVT CHAN CKVU CHNM CBUFT CHEK; BC Victoria: CHEK CIVI; BC
Kelowna: CHBC; AB Calgary: CBRT CFCN CICT CKAL CJCO; AB Edmonton: CBXT CFRN CITV CKEM CJEO CBXFT;
MB Winnipeg: CBWT CKY CKND CHMI CBWFT CIIT; SK Regina: CBKT CKCK CFRE; SK Saskatoon: CFQC CFSK; NS
Halifax/Atlantic/Maritimes: CBHT CJCH CIHF; NB Saint John/New Brunswick: CKLT CHNB CBAT CBAFT; NL
St Johns/Newfoundland: CBNT CJON;
VA Roanoke/Lynchburg: WDBJ WSLS WSET WFXR WBRA WWCW; WV Charleston/Huntington: WSAZ WOWK WCHS WVAH
WQCW WPBY; KY Lexington: WLEX WKYT WTVQ WDKY WKLE; IA Davenport/Quad Cities/Moline: WHBF KWQC WQAD
KLJB KGCW WQPT; TX Waco/Killeen: KWTX KCEN KXXV KWKT; TX Bryan/College Station: KBTX; CO Colorado
Springs/Pueblo: KKTV KOAA KRDO KXRM KTSC; KY Paducah: WPSD KFVS WSIL KBSI; IN South Bend: WNDU WSBT
WBND WSJV WNIT; PA Johnstown/Altoona: WJAC WTAJ WATM WWCP WPSU; GA Augusta: WRDW WJBF WAGT WFXG; IN
Evansville: WFIE WEVV WEHT WTVW WNIN; IN Fort Wayne/Ft Wayne: WANE WPTA WISE WFFT WFWA; MI Lansing:
WILX WLNS WLAJ WSYM WKAR; OH Youngstown: WFMJ WKBN WYTV; TN Johnson City/Kingsport: WCYB WJHL WEMT
WKPT; AR Fort Smith/Ft Smith/Fayetteville: KFSM KHBS KHOG KNWA KFTA; TX Tyler/Longview: KLTV KYTX
KETK KFXK; TX Amarillo: KAMR KFDA KVII KCIT KACV; TX Lubbock: KCBD KLBK KAMC KJTV KTTZ; TX
Midland/Odessa: KWES KOSA KMID KPEJ KPBT; TX Corpus Christi: KRIS KZTV KIII KSCC KEDT; TX
McAllen/Harlingen/Brownsville/Rio Grande Valley: KRGV KGBT KVEO KFXV KNVO KTLM; TX Laredo: KGNS KLDO
KVTV; TX Beaumont: KFDM KBMT KBTV; TX Wichita Falls: KFDX KAUZ KSWO KJTL; TX Abilene: KRBC KTAB KTXS
KXVA; TX San Angelo: KLST KSAN KIDY; LA Lafayette: KATC KLFY KADN; LA Monroe: KNOE KTVE KARD KAQY;
LA Lake Charles: KPLC KVHP; LA Alexandria: KALB KLAX WNTZ; AL Montgomery: WSFA WAKA WNCF WCOV; AL
Dothan: WTVY WDHN WDFX; GA Columbus: WTVM WRBL WLTZ WXTX; GA Macon: WMAZ WMGT WGXA; GA Albany: WALB
WFXL; FL Tallahassee: WCTV WTXL WTWC; FL Gainesville: WCJB WGFL WNBW WUFT WOGX; FL Panama City: WJHG
WMBB WPGX WECP; MS Biloxi/Gulfport: WLOX WXXV; MS Hattiesburg: WDAM WHLT; MS Meridian: WTOK WMDN
WGBC; MS Tupelo/Columbus: WTVA WCBI WLOV; MS Greenville: WABG; TN Jackson: WBBJ WJKT; KY Bowling
Green: WBKO WNKY; NC Greenville/New Bern: WITN WNCT WCTI WYDO; NC Wilmington: WECT WWAY WSFX; NC
Asheville: WLOS WYFF WSPA WHNS; SC Myrtle Beach/Florence: WBTW WPDE WMBF WFXB; VA Charlottesville:
WVIR WCAV WVAW; VA Harrisonburg: WHSV WSVF; WV Clarksburg: WBOY WDTV WVFX; WV Bluefield/Beckley:
WVVA WVNS WOAY; WV Wheeling: WTRF WTOV; WV Parkersburg: WTAP WIYE WOVA; MD Salisbury: WBOC WMDT
WRDE; PA Erie: WJET WICU WSEE WFXP WQLN; NY Binghamton: WBNG WICZ WIVT WBGH WSKG; NY Elmira: WETM
WENY WYDC; NY Utica: WKTV WUTR WFXV; NY Watertown: WWNY WWTI WNYF WPBS; NY Plattsburgh: WPTZ; ME
Bangor: WLBZ WVII WABI WFVX WMEB; ME Presque Isle: WAGM; MA Springfield: WWLP WGGB WSHM WGBY; OH
Lima: WLIO; OH Zanesville: WHIZ; IN Terre Haute: WTHI WTWO WAWV; IN Lafayette: WLFI; IL Rockford:
WIFR WREX WTVO WQRF; IL Quincy: WGEM KHQA; MI Traverse City: WPBN WWTV WGTU WFQX WCMU; MI Marquette:
WLUC WJMN WBUP; WI La Crosse/Eau Claire: WKBT WXOW WEAU WLAX WQOW; WI Wausau: WSAW WAOW WJFW; MN
Duluth: KBJR KDLH WDIO KQDS WDSE; MN Rochester: KTTC KIMT KAAL KXLT; MN Mankato: KEYC; IA Sioux
City: KTIV KCAU KMEG KPTH; IA Ottumwa/Kirksville: KTVO KYOU; IA Waterloo/Dubuque/Iowa City: KWWL
KGAN KCRG; MO Columbia/Jefferson City: KOMU KRCG KMIZ KQFX; MO Joplin: KODE KOAM KSNF KFJX; MO St
Joseph/Saint Joseph: KQTV KNPN KNPG; KS Topeka: KSNT WIBW KTKA KTMJ KTWU; NE Hastings/Kearney: KHGI
KHAS; NE North Platte: KNOP; ND Fargo: KVLY WDAY KXJB KVRR KFME; ND Bismarck/Minot: KFYR KXMB KBMY
KMOT KXMC; SD Rapid City: KOTA KNBN KEVN; MT Great Falls: KRTV KFBB KTGF; MT Missoula: KPAX KECI
KTMF; MT Bozeman/Butte: KXLF KBZK KTVM KWYB; MT Helena: KTVH; WY Cheyenne: KGWN KLWY; WY Casper:
KTWO KCWY KGWC KFNB; ID Idaho Falls/Pocatello: KIFI KPVI KIDK; ID Twin Falls: KMVT KTFT; CO Grand
Junction: KREX KKCO KJCT KFQX; AZ Yuma/El Centro: KYMA KECY KSWT; CA Chico/Redding: KHSL KNVN KRCR
KCVU KIXE; CA Eureka: KIEM KVIQ KAEF KBVU; CA Monterey/Salinas: KSBW KION KCBA; CA San Luis Obispo:
KSBY KCOY; OR Eugene: KEZI KVAL KMTR KLSR; OR Medford: KOBI KTVL KDRV KMVU KSYS; OR Bend: KTVZ KOHD
KBNZ KFXO; WA Yakima: KIMA KNDO KAPP KFFX; WA Tri Cities: KEPR KNDU KVEW; AK Fairbanks: KTVF KATN;
AK Juneau: KTOO KJUD KATH; PR San Juan/Puerto Rico/PR: WKAQ WAPA WLII WIPR WSJU WTCV WSTE WORA; GU
Guam: KUAM KTGM; ON Thunder Bay: CKPR CHFD; ON Kingston: CKWS; ON Peterborough: CHEX; ON Sault Ste
Marie: CHBX; ON North Bay: CKNY; ON Timmins: CITO; AB Lethbridge: CISA CFCN; AB Medicine Hat: CHAT;
BC Prince George: CKPG; BC Kamloops: CFJC; MB Brandon: CKX; NS Sydney/Cape Breton: CJCB; NB Moncton:
CKCW CBAFT; NB Fredericton: CBAT CKLT; PE Charlottetown/PEI/Prince Edward Island: CBCT; QC
Saguenay/Chicoutimi: CKTV CJPM CFRS; QC Rimouski: CJBR CFER CJPC; QC Rouyn/Abitibi: CFEM CKRN CFVS
"""


@functools.lru_cache(maxsize=None)
def brand_rows() -> List[Tuple[str, List[str]]]:
    """(language, names) of each channel."""
    return [
        (language, entry.split("="))
        for language, text in _BRANDS.items()
        for entry in _entries(text)
    ]


@functools.lru_cache(maxsize=None)
def market_index() -> Tuple[
    Dict[str, List[Tuple[Tuple[str, ...], int, str]]], Dict[str, FrozenSet[int]], FrozenSet[str]
]:
    """(words, market, state) of places by the first word, markets by call sign, and the states."""
    places: Dict[str, List[Tuple[Tuple[str, ...], int, str]]] = {}
    of_sign: Dict[str, FrozenSet[int]] = {}
    states = set()
    for market, entry in enumerate(_entries(_MARKETS)):
        names, _, signs = entry.partition(": ")
        states.add(names[:2])
        for words in (tuple(name.split()) for name in names[3:].upper().split("/")):
            places.setdefault(words[0], []).append((words, market, names[:2]))
        for sign in signs.split():
            of_sign[sign] = of_sign.get(sign, frozenset()) | {market}
    return places, of_sign, frozenset(states)


def _entries(text: str) -> List[str]:
    return [entry.strip() for entry in text.replace("\n", " ").split(";")]
